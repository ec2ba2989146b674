import type { SessionStatus } from "../contract/dbt";
import type { WorkerEvent } from "../contract/worker";
import { AppError } from "../core";
import type { SessionLimits } from "./limits";
import { type EndMode, LiveSession, noSession, type PreparedOpening, type SessionIdentity } from "./live-session";
import type { RunnerPlacement } from "./placement";

/** What a subscriber of one session hears. */
export type SessionNews =
  | { readonly type: "session"; readonly status: SessionStatus }
  | { readonly type: "index" | "lineage"; readonly version: number };

type QueryEnded = Extract<WorkerEvent, { type: "queryEnded" }>;

export interface RegistryOptions {
  readonly placement: RunnerPlacement;
  readonly limits: SessionLimits;
  readonly onQueryEnded: (event: QueryEnded) => void;
  /** The session's worker is gone, or was ended on purpose: its queries are over. */
  readonly onWorkerGone: (session: LiveSession, error: AppError) => void;
  /** A session's first word and its last, for the audit trail. */
  readonly onStarted: (session: LiveSession, fromTemplate: boolean) => void;
  readonly onEnded: (session: LiveSession, reason: AppError) => void;
}

export interface SessionKey {
  readonly userId: string;
  readonly workspaceId: string;
  readonly environmentId: string;
}

/** How often idle sessions are looked for. */
const idleCheckMilliseconds = 5_000;

function keyOf({ userId, workspaceId, environmentId }: SessionKey): string {
  return `${userId}/${workspaceId}/${environmentId}`;
}

/** The dbt sessions of this web process: one per person, workspace and environment. Kept in memory only. */
export class SessionRegistry {
  readonly limits: SessionLimits;
  readonly #options: RegistryOptions;
  readonly #sessions = new Map<string, LiveSession>();
  readonly #subscribers = new Map<string, Set<(news: SessionNews) => void>>();
  readonly #idleTimer: NodeJS.Timeout;
  /** Sessions with a query that runs are not idle. */
  readonly #busy: (session: LiveSession) => boolean;

  constructor(options: RegistryOptions, busy: (session: LiveSession) => boolean) {
    this.#options = options;
    this.limits = options.limits;
    this.#busy = busy;
    this.#idleTimer = setInterval(() => this.endIdle(Date.now()), idleCheckMilliseconds);
    this.#idleTimer.unref();
  }

  all(): LiveSession[] {
    return [...this.#sessions.values()];
  }

  find(key: SessionKey): LiveSession | null {
    return this.#sessions.get(keyOf(key)) ?? null;
  }

  status(key: SessionKey): SessionStatus {
    return this.find(key)?.status ?? noSession;
  }

  /**
   * The session of this place, made when there is none. Does not start a worker.
   * @throws LIMIT_REACHED when the organisation has as many sessions as it may have
   */
  use(identity: SessionIdentity, signInSessionId: string, prepare: () => Promise<PreparedOpening>): LiveSession {
    const key = keyOf(identity);
    let session = this.#sessions.get(key);
    if (session === undefined || !session.running) this.#makeRoom(identity);
    if (session === undefined) {
      session = this.#create(key, identity);
      this.#sessions.set(key, session);
    }
    session.prepare = prepare;
    session.signIns.add(signInSessionId);
    session.touch();
    return session;
  }

  /** Calls `listener` with each piece of news of a session, whether it exists yet or not, until the returned function is called. */
  subscribe(place: SessionKey, listener: (news: SessionNews) => void): () => void {
    const key = keyOf(place);
    const listeners = this.#subscribers.get(key) ?? new Set();
    this.#subscribers.set(key, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#subscribers.delete(key);
    };
  }

  /** Ends every session that matches. A forgotten one leaves the registry, its unsaved text with it. */
  endWhere(matches: (session: LiveSession) => boolean, mode: EndMode, reason: AppError): number {
    const ending = this.all().filter(matches);
    for (const session of ending) this.#end(session, mode, reason);
    return ending.length;
  }

  /** Lets go of the workers that nobody has used for the idle time. They come back with the next request. */
  endIdle(now: number): void {
    const limit = this.limits.idleSeconds * 1000;
    const minutes = Math.round(this.limits.idleSeconds / 60);
    this.endWhere(
      (session) => session.running && now - session.lastUsedAt > limit && !this.#busy(session),
      "revive",
      new AppError("WORKER_LOST", `The dbt session was idle for ${minutes} minutes and was let go.`, {
        hint: "It starts again with your next edit.",
      }),
    );
  }

  /** Ends everything; called at shutdown. */
  close(): void {
    clearInterval(this.#idleTimer);
    this.endWhere(() => true, "forget", new AppError("WORKER_LOST", "Millrace is shutting down."));
    this.#subscribers.clear();
  }

  #end(session: LiveSession, mode: EndMode, reason: AppError): void {
    const wasRunning = session.running;
    session.end(mode, reason);
    this.#options.onWorkerGone(session, reason);
    if (mode === "forget") this.#sessions.delete(keyOf(session.identity));
    if (wasRunning) this.#options.onEnded(session, reason);
  }

  #create(key: string, identity: SessionIdentity): LiveSession {
    const session: LiveSession = new LiveSession({
      identity,
      placement: this.#options.placement,
      overlayCharacters: this.limits.overlayCharacters,
      onStatus: (status) => this.#publish(key, { type: "session", status }),
      onIndex: (version) => this.#publish(key, { type: "index", version }),
      onLineage: (version) => this.#publish(key, { type: "lineage", version }),
      onQueryEnded: this.#options.onQueryEnded,
      onStarted: (fromTemplate) => this.#options.onStarted(session, fromTemplate),
      onLost: (error) => this.#options.onWorkerGone(session, error),
    });
    return session;
  }

  #publish(key: string, news: SessionNews): void {
    for (const listener of [...(this.#subscribers.get(key) ?? [])]) listener(news);
  }

  /** One more worker: the person's own longest unused session gives way; the organisation's limit refuses. */
  #makeRoom(identity: SessionIdentity): void {
    const running = this.all().filter(
      (session) => session.running && session.identity.organisationId === identity.organisationId,
    );
    const own = running.filter((session) => session.identity.userId === identity.userId);
    if (own.length >= this.limits.sessionsPerPerson) {
      const oldest = own.filter((session) => !this.#busy(session)).sort((a, b) => a.lastUsedAt - b.lastUsedAt)[0];
      if (oldest === undefined) {
        throw new AppError(
          "LIMIT_REACHED",
          `You have ${own.length} dbt sessions that run previews, which is as many as you may have.`,
          {
            hint: "Wait for one of your previews, or cancel it.",
          },
        );
      }
      this.#end(oldest, "revive", new AppError("WORKER_LOST", "This dbt session made room for another one of yours."));
      return;
    }
    if (running.length >= this.limits.sessionsPerOrganisation) {
      throw new AppError(
        "LIMIT_REACHED",
        `Your organisation has ${running.length} dbt sessions open, which is as many as it may have.`,
        {
          hint: "Try again in a few minutes: sessions that nobody uses are let go.",
        },
      );
    }
  }
}
