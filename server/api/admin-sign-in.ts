import {
  addDomain,
  removeConnection,
  removeDomain,
  saveConnection,
  signInSettings,
  switchConnection,
  testConnection,
} from "../auth";
import {
  domainInput,
  saveSignInConnectionInput,
  signInConnectionInput,
  switchSignInConnectionInput,
} from "../contract/sign-in";
import { procedure, router } from "./trpc";

/** The organisation's OpenID connections and domains. Secrets come in, and never go out. */
export const adminSignInRouter = router({
  get: procedure.query(({ ctx }) => signInSettings(ctx.actor)),
  save: procedure.input(saveSignInConnectionInput).mutation(({ ctx, input }) => saveConnection(ctx.actor, input)),
  test: procedure.input(signInConnectionInput).mutation(({ ctx, input }) => testConnection(ctx.actor, input)),
  switch: procedure.input(switchSignInConnectionInput).mutation(({ ctx, input }) => switchConnection(ctx.actor, input)),
  remove: procedure.input(signInConnectionInput).mutation(({ ctx, input }) => removeConnection(ctx.actor, input)),
  addDomain: procedure.input(domainInput).mutation(({ ctx, input }) => addDomain(ctx.actor, input)),
  removeDomain: procedure.input(domainInput).mutation(({ ctx, input }) => removeDomain(ctx.actor, input)),
});
