import { logger } from "./logger";
import { processSingleton } from "./singleton";

/** What the parts of one web process tell each other. Payloads are JSON and hold ids, never secrets or file contents. */
export interface EventMap {
  policyChanged: { organisationId: string };
  signInSessionEnded: { signInSessionId: string; userId: string; organisationId: string; message: string };
  membershipChanged: { organisationId: string; userId: string };
  filesChanged: { workspaceId: string; paths: string[] };
  gitChanged: { workspaceId: string };
  projectRemoved: { organisationId: string; projectId: string };
  environmentChanged: { organisationId: string; environmentId: string };
  workspaceRemoved: { organisationId: string; workspaceId: string };
  /** `restart`: what running sessions were started with has changed. */
  sessionLimitsChanged: { organisationId: string; by: string; restart: boolean };
}
export type EventName = keyof EventMap;
/** `remote` is true when the event came from another web process. */
type Handler<Name extends EventName> = (payload: EventMap[Name], origin: { remote: boolean }) => void;

class EventBus {
  private readonly handlers = new Map<EventName, Set<Handler<EventName>>>();

  /** Calls `handler` for each event until the returned function is called. */
  on<Name extends EventName>(name: Name, handler: Handler<Name>): () => void {
    const set = this.handlers.get(name) ?? new Set();
    this.handlers.set(name, set);
    const stored = handler as unknown as Handler<EventName>;
    set.add(stored);
    return () => set.delete(stored);
  }

  /** Tells every listener, in order of registration. A listener that throws is logged and does not stop the others. */
  emit<Name extends EventName>(name: Name, payload: EventMap[Name], origin = { remote: false }): void {
    for (const handler of [...(this.handlers.get(name) ?? [])]) {
      try {
        handler(payload, origin);
      } catch (error) {
        logger().error({ err: error, event: name }, "An event listener failed.");
      }
    }
  }
}

export const events: EventBus = processSingleton("events", () => new EventBus());
