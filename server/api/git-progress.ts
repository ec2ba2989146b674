import type { GitProgress } from "../contract/projects";
import { type Actor, logger, toAppError } from "../core";

/**
 * Turns what a long Git operation throws (a refusal, before it starts) into its last event. A thrown error would make the browser's
 * event stream connect again and again.
 */
export async function* withFailure(
  actor: Actor,
  steps: AsyncIterable<GitProgress>,
): AsyncGenerator<GitProgress, void, void> {
  try {
    yield* steps;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === "INTERNAL") logger().error({ err: error }, "A Git operation failed.");
    yield { type: "failed", error: error.toBody(actor.requestId) };
  }
}
