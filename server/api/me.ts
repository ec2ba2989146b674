import { removedSessionCookies, signOut } from "../auth";
import { savePreferencesInput } from "../contract/people";
import { describeMe, savePreferences } from "../orgs";
import { procedure, router } from "./trpc";

/** The signed-in person. */
export const meRouter = router({
  get: procedure.query(({ ctx }) => describeMe(ctx.actor)),
  savePreferences: procedure
    .input(savePreferencesInput)
    .mutation(({ ctx, input }) => savePreferences(ctx.actor, input)),
  signOut: procedure.mutation(async ({ ctx }) => {
    await signOut(ctx.actor);
    for (const cookie of removedSessionCookies()) ctx.responseHeaders.append("set-cookie", cookie);
  }),
});
