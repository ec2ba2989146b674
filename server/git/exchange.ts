import { audit } from "../audit";
import type { GitProgress } from "../contract/projects";
import { type Actor, events, requirePermission, toAppError } from "../core";
import { remoteOf, type WorkspacePlace, withMirrorLock, withWorkspaceLock, workspaceForActor } from "../projects";
import { checkoutLimits, type Progress, runGit } from "../repository";
import { placeOf, tellFiles } from "./service";

interface Exchange {
  readonly workspaceId: string;
}
type Work = (workspace: WorkspacePlace, options: { signal: AbortSignal; onProgress: Progress }) => Promise<void>;

/** Sends the branch to the Git server, saying how far it is; ends with `done` or `failed` (CONFLICT when the server has new commits). */
export function push(actor: Actor, input: Exchange, signal: AbortSignal): AsyncGenerator<GitProgress, void, void> {
  return exchange(actor, input, {
    signal,
    permission: "git.push",
    work: async (workspace, options) => {
      const { remote } = await remoteOf(actor, workspace.projectId);
      const { branch, head } = await runGit("push", { ...placeOf(workspace), remote }, options);
      await audit(actor, "git.push", branch, { projectId: workspace.projectId, branch, head });
    },
  });
}

/** Fetches and fast-forwards the branch; ends with `done` or `failed` (CONFLICT when local changes or commits stand in the way). */
export function pull(actor: Actor, input: Exchange, signal: AbortSignal): AsyncGenerator<GitProgress, void, void> {
  return exchange(actor, input, {
    signal,
    permission: "file.write",
    work: async (workspace, options) => {
      const { remote, mirror } = await remoteOf(actor, workspace.projectId);
      const call = { ...placeOf(workspace), remote, mirror, limits: checkoutLimits };
      const { paths } = await withMirrorLock(workspace.projectId, () => runGit("pull", call, options), options.signal);
      tellFiles(workspace, paths);
    },
  });
}

/** Runs a long operation alone in its workspace and yields its progress. It is cancelled when the reader leaves or the signal fires. */
async function* exchange(
  actor: Actor,
  input: Exchange,
  options: { signal: AbortSignal; permission: "git.push" | "file.write"; work: Work },
): AsyncGenerator<GitProgress, void, void> {
  requirePermission(actor, options.permission);
  const workspace = await workspaceForActor(actor, input.workspaceId);
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const queue: GitProgress[] = [{ type: "progress", phase: "Starting", loaded: 0, total: null }];
  let wake = (): void => undefined;
  const say = (event: GitProgress): void => {
    const last = queue.at(-1);
    if (event.type === "progress" && last?.type === "progress" && last.phase === event.phase) queue.pop();
    queue.push(event);
    wake();
  };
  const onProgress: Progress = (phase, loaded, total) => say({ type: "progress", phase, loaded, total });
  const finished = withWorkspaceLock(workspace.id, () => options.work(workspace, { signal, onProgress }), signal).then(
    () => say({ type: "done", workspaceId: workspace.id, problem: null }),
    (error) => say({ type: "failed", error: toAppError(error).toBody(actor.requestId) }),
  );
  try {
    for (;;) {
      for (let event = queue.shift(); event; event = queue.shift()) {
        yield event;
        if (event.type !== "progress") return;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    left.abort();
    await finished;
    events.emit("gitChanged", { workspaceId: workspace.id });
  }
}
