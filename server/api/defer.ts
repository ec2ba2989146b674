import { dbtPlaceInput } from "../contract/dbt";
import { setDeferInput } from "../contract/defer";
import { environmentIdInput } from "../contract/projects";
import { deferState, setDefer } from "../dbt";
import { removeManifest } from "../production";
import { byItself, procedure, router } from "./trpc";

/** Deferral to production; its manifest arrives over POST /api/manifest. */
export const deferRouter = router({
  state: procedure
    .meta(byItself)
    .input(dbtPlaceInput)
    .query(({ ctx, input }) => deferState(ctx.actor, input)),
  set: procedure
    .input(setDeferInput)
    .mutation(({ ctx, input: { mode, ...place } }) => setDefer(ctx.actor, place, mode)),
  removeManifest: procedure
    .input(environmentIdInput)
    .mutation(({ ctx, input }) => removeManifest(ctx.actor, input.environmentId)),
});
