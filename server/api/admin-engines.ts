import { engineOverview } from "../admin";
import { addEngineInput, type EngineProgress, removeEngineInput } from "../contract/engines";
import { type Actor, toAppError } from "../core";
import { addEngine, removeEngine } from "../engines";
import { procedure, router } from "./trpc";

/** Python environments with dbt and adapters. Adding one takes minutes and says how far it is. */
export const adminEnginesRouter = router({
  list: procedure.query(({ ctx }) => engineOverview(ctx.actor)),
  add: procedure.input(addEngineInput).subscription(async function* ({ ctx, input, signal }) {
    yield* withRefusal(ctx.actor, addEngine(ctx.actor, input, signal ?? new AbortController().signal));
  }),
  remove: procedure.input(removeEngineInput).mutation(({ ctx, input }) => removeEngine(ctx.actor, input.name)),
});

/** A refusal as the stream's last event: a thrown one would make the browser connect again and again. */
async function* withRefusal(
  actor: Actor,
  events: AsyncIterable<EngineProgress>,
): AsyncGenerator<EngineProgress, void, void> {
  try {
    yield* events;
  } catch (error) {
    yield { type: "failed", error: toAppError(error).toBody(actor.requestId) };
  }
}
