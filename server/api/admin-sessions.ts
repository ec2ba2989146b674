import { z } from "zod";
import { endSession, liveSessions } from "../sessions";
import { procedure, router } from "./trpc";

/** The live dbt sessions of the organisation, for an administrator (`admin.sessions`). */
export const adminSessionsRouter = router({
  list: procedure.query(({ ctx }) => liveSessions(ctx.actor)),
  end: procedure.input(z.object({ id: z.string() })).mutation(({ ctx, input }) => endSession(ctx.actor, input.id)),
});
