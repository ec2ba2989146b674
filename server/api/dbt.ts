import { compileInput, dbtPlaceInput, indexInput, overlayInput } from "../contract/dbt";
import { lintInput } from "../contract/lint";
import { applyOverlay, compile, endOwnSession, format, lint, openSession, projectIndex } from "../dbt";
import { leaveLine } from "../sessions";
import { byItself, procedure, router } from "./trpc";

/** dbt over the actor's session of a workspace and environment. */
export const dbtRouter = router({
  open: procedure.input(dbtPlaceInput).mutation(({ ctx, input }) => openSession(ctx.actor, input)),
  overlay: procedure.input(overlayInput).mutation(({ ctx, input }) => applyOverlay(ctx.actor, input, input.changes)),
  compile: procedure.input(compileInput).mutation(({ ctx, input }) => compile(ctx.actor, input)),
  index: procedure
    .meta(byItself)
    .input(indexInput)
    .query(({ ctx, input: { known, part, ...place } }) => projectIndex(ctx.actor, place, { known, part })),
  lint: procedure.input(lintInput).mutation(({ ctx, input }) => lint(ctx.actor, input)),
  format: procedure.input(lintInput).mutation(({ ctx, input }) => format(ctx.actor, input)),
  leaveLine: procedure.input(dbtPlaceInput).mutation(({ ctx, input }) => leaveLine(ctx.actor, input)),
  end: procedure.input(dbtPlaceInput).mutation(({ ctx, input }) => endOwnSession(ctx.actor, input)),
});
