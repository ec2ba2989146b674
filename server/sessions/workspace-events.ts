import type { WorkspaceEvent } from "../contract/dbt";
import { type Actor, events } from "../core";
import { currentMembership } from "./membership";
import { type PlaceInput, placeFor } from "./place";
import { sessionService } from "./service";

/** Events of a subscriber that does not read; beyond this only the latest state matters, and a reload shows it. */
const maxQueuedEvents = 1000;

/**
 * What happens in the actor's workspace, as it happens: the session's status (first of all), the graph's version, files, Git,
 * policy, and at last that the sign-in ended. Ends with `signal`; then nothing of it is left behind.
 * @throws NOT_FOUND when the place is not the actor's
 */
export async function* workspaceEvents(
  actor: Actor,
  input: PlaceInput,
  signal: AbortSignal,
): AsyncGenerator<WorkspaceEvent> {
  const { identity } = await placeFor(actor, input);
  const queue: WorkspaceEvent[] = [];
  let wake: () => void = () => undefined;
  const push = (event: WorkspaceEvent) => {
    // Of states, the latest is enough: a slow subscriber hears it once.
    const same = queue.findIndex((queued) => queued.type === event.type && event.type !== "files");
    if (same !== -1) queue.splice(same, 1);
    if (queue.length >= maxQueuedEvents) queue.shift();
    queue.push(event);
    wake();
  };
  const { registry } = sessionService();
  const inWorkspace = (workspaceId: string) => workspaceId === identity.workspaceId;
  const signedOut = (message: string) => push({ type: "signed-out", message });
  const stops = [
    registry.subscribe(identity, push, input.page),
    events.on("filesChanged", ({ workspaceId, paths }) => {
      if (inWorkspace(workspaceId)) push({ type: "files", paths });
    }),
    events.on("gitChanged", ({ workspaceId }) => {
      if (inWorkspace(workspaceId)) push({ type: "git" });
    }),
    events.on("policyChanged", ({ organisationId }) => {
      if (organisationId === actor.organisationId) push({ type: "policy" });
    }),
    events.on("environmentChanged", ({ environmentId }) => {
      if (environmentId === identity.environmentId) push({ type: "policy" });
    }),
    events.on("signInSessionEnded", ({ signInSessionId, message }) => {
      if (signInSessionId === actor.signInSessionId) signedOut(message);
    }),
    events.on("membershipChanged", ({ organisationId, userId }) => {
      if (organisationId !== actor.organisationId || userId !== actor.userId) return;
      currentMembership(organisationId, userId).then(
        (membership) => {
          if (membership === null) signedOut("An administrator deactivated your account.");
          else push({ type: "policy" });
        },
        () => push({ type: "policy" }),
      );
    }),
  ];
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    push({ type: "session", status: registry.status(identity) });
    const session = registry.find(identity);
    if (session && session.graphVersion > 0) push({ type: "index", version: session.graphVersion });
    while (!signal.aborted) {
      const event = queue.shift();
      if (event === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal.aborted || queue.length > 0) resolve();
        });
        continue;
      }
      yield event;
      if (event.type === "signed-out") return;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    for (const stop of stops) stop();
  }
}
