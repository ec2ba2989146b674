import { dbtPlaceInput } from "../contract/dbt";
import { workspaceEvents } from "../sessions";
import { byItself, procedure, router } from "./trpc";

/** What happens in a workspace, for the browser that has it open. */
export const eventsRouter = router({
  workspace: procedure
    .meta(byItself)
    .input(dbtPlaceInput)
    .subscription(async function* ({ ctx, input, signal }) {
      yield* workspaceEvents(ctx.actor, input, signal ?? new AbortController().signal);
    }),
});
