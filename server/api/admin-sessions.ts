import { z } from "zod";
import { setSessionLimitsInput } from "../contract/session-limits";
import { endSession, liveSessions, sessionLimits, setSessionLimits } from "../sessions";
import { procedure, router } from "./trpc";

/** The live dbt sessions of the organisation and their limits, for an administrator (`admin.sessions`). */
export const adminSessionsRouter = router({
  list: procedure.query(({ ctx }) => liveSessions(ctx.actor)),
  limits: procedure.query(({ ctx }) => sessionLimits(ctx.actor)),
  setLimits: procedure.input(setSessionLimitsInput).mutation(({ ctx, input }) => setSessionLimits(ctx.actor, input)),
  end: procedure.input(z.object({ id: z.string() })).mutation(({ ctx, input }) => endSession(ctx.actor, input.id)),
});
