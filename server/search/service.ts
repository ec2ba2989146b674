import type { z } from "zod";
import type { SearchEvent, SearchFile, searchInput } from "../contract/search";
import { type Actor, AppError, processSingleton, toAppError } from "../core";
import { workspaceForActor } from "../projects";
import { type Outcome, type SearchLimits, scan } from "./engine";

export type SearchInput = z.output<typeof searchInput>;
interface Options {
  readonly signal: AbortSignal;
  readonly limits?: SearchLimits;
}

/** The search that a person has running in a workspace: a newer one ends it. */
const running = () => processSingleton("searches", () => new Map<string, AbortController>());

/**
 * Searches the files of the actor's workspace and their unsaved texts. Yields matches as they are found, then `done` or `failed`.
 * It ends when the reader leaves or the person starts another. Throws FORBIDDEN, NOT_FOUND.
 */
export async function search(
  actor: Actor,
  input: SearchInput,
  { signal, limits }: Options,
): Promise<AsyncGenerator<SearchEvent, void, void>> {
  const workspace = await workspaceForActor(actor, input.workspaceId);
  const own = new AbortController();
  running().get(workspace.id)?.abort();
  running().set(workspace.id, own);
  const { query, unsaved } = input;
  const either = AbortSignal.any([signal, own.signal]);
  const events = scanned(
    { root: workspace.projectRoot, query, unsaved },
    { signal: either, ...(limits ? { limits } : {}) },
  );
  return untilLeft(events, () => {
    own.abort();
    if (running().get(workspace.id) === own) running().delete(workspace.id);
  });
}

async function* untilLeft(
  events: AsyncGenerator<SearchEvent, void, void>,
  leave: () => void,
): AsyncGenerator<SearchEvent, void, void> {
  try {
    yield* events;
  } finally {
    leave();
  }
}

async function* scanned(input: Parameters<typeof scan>[0], options: Options): AsyncGenerator<SearchEvent, void, void> {
  const started = performance.now();
  const queue: SearchFile[] = [];
  let wake: () => void = () => undefined;
  let outcome: Outcome | AppError | null = null;
  const settle = (result: typeof outcome) => {
    outcome = result;
    wake();
  };
  const found = (files: SearchFile[]) => {
    queue.push(...files);
    wake();
  };
  scan(input, found, options).then(settle, (error: unknown) => settle(toAppError(error)));
  for (;;) {
    if (queue.length > 0) yield { type: "found", files: queue.splice(0) };
    else if (outcome === null) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    } else break;
  }
  yield last(outcome, performance.now() - started);
}

function last(outcome: Outcome | AppError, milliseconds: number): SearchEvent {
  return outcome instanceof AppError
    ? { type: "failed", error: outcome.toBody() }
    : { type: "done", ...outcome, milliseconds };
}
