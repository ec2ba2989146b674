import { AppError, processSingleton } from "../core";

/** Tails of the queues by key. Keys are removed when their queue is empty. */
const tails = () => processSingleton("project-locks", () => new Map<string, Promise<void>>());

/**
 * Runs `work` when everything queued under `key` before has ended: one writer per workspace, one fetch per mirror.
 * Throws CANCELLED when the signal fires while it waits.
 */
async function withLock<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const queue = tails();
  const before = queue.get(key) ?? Promise.resolve();
  let release = (): void => undefined;
  const mine = new Promise<void>((resolve) => {
    release = resolve;
  });
  const tail = before.then(() => mine);
  queue.set(key, tail);
  void tail.then(() => {
    if (queue.get(key) === tail) queue.delete(key);
  });
  try {
    await waitFor(before, signal);
    return await work();
  } finally {
    release();
  }
}

function waitFor(before: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (!signal) return before;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new AppError("CANCELLED", "It was cancelled."));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    void before.then(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}

/** One writer per workspace: saves, commits, pulls and switches never overlap. */
export function withWorkspaceLock<T>(workspaceId: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return withLock(`workspace:${workspaceId}`, work, signal);
}

/** One fetch per mirror. Take it inside the workspace's lock, never the other way round. */
export function withMirrorLock<T>(projectId: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return withLock(`mirror:${projectId}`, work, signal);
}
