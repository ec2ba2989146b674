import type { SessionStatus } from "../contract/dbt";
import type { WorkerEvent } from "../contract/worker";
import { AppError } from "../core";
import { Admission, type Applicant } from "./admission";
import type { LimitBook } from "./limit-book";
import { pingMilliseconds } from "./limits";
import type { WaitsFor } from "./line";
import { type LineStore, type Usage, unwatchedMilliseconds } from "./line-store";
import { type EndMode, LiveSession, noSession, type PreparedOpening } from "./live-session";
import type { RunnerPlacement } from "./placement";
import type { SessionIdentity } from "./session-identity";

/** What a subscriber of one session hears. */
export type SessionNews =
  | { readonly type: "session"; readonly status: SessionStatus }
  | { readonly type: "index" | "lineage"; readonly version: number };

type QueryEnded = Extract<WorkerEvent, { type: "queryEnded" }>;

export interface RegistryOptions {
  readonly placement: RunnerPlacement;
  readonly limits: Pick<LimitBook, "known" | "read">;
  /** Where the line of those who wait is; the app database when left out. */
  readonly line?: LineStore | undefined;
  /** Unsaved text that one session keeps for a replacement, in characters. */
  readonly overlayCharacters: number;
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

interface Subscriber {
  readonly hear: (news: SessionNews) => void;
  readonly page: string | null;
}

/** How often sessions are looked for that are idle or too old, and pages that are gone. */
const checkMilliseconds = 5_000;

function keyOf({ userId, workspaceId, environmentId }: SessionKey): string {
  return `${userId}/${workspaceId}/${environmentId}`;
}

/** The dbt sessions of this web process: one per person, workspace and environment. Kept in memory only. */
export class SessionRegistry {
  readonly admission: Admission;
  readonly #options: RegistryOptions;
  readonly #sessions = new Map<string, LiveSession>();
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #checkTimer: NodeJS.Timeout;
  readonly #pingTimer: NodeJS.Timeout;
  /** Sessions with a query that runs are not idle. */
  readonly #busy: (session: LiveSession) => boolean;

  constructor(options: RegistryOptions, busy: (session: LiveSession) => boolean) {
    this.#options = options;
    this.#busy = busy;
    this.admission = new Admission({
      limits: options.limits,
      usage: (applicant) => this.#usage(applicant),
      giveWay: (applicant, reason) => this.#giveWay(applicant, reason),
      ...(options.line === undefined ? {} : { store: options.line }),
    });
    this.#checkTimer = setInterval(() => {
      this.endOverdue(Date.now());
      this.forgetAbsent(Date.now());
    }, checkMilliseconds);
    this.#pingTimer = setInterval(() => this.#ping(), pingMilliseconds);
    this.#checkTimer.unref();
    this.#pingTimer.unref();
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
   * The session of this place, made when there is none. Does not start a worker. What the page asks by itself is no use of it:
   * `touch` is false then.
   */
  use(
    identity: SessionIdentity,
    signInSessionId: string,
    { engine, prepare, touch = true }: { engine: string; prepare: () => Promise<PreparedOpening>; touch?: boolean },
  ): LiveSession {
    const key = keyOf(identity);
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = this.#create(key, identity);
      this.#sessions.set(key, session);
    }
    session.engine = engine;
    session.prepare = prepare;
    session.signIns.add(signInSessionId);
    if (touch) session.touch();
    return session;
  }

  /** The person has done something in this workspace: none of their sessions there is idle. */
  touch(userId: string, workspaceId: string): void {
    for (const session of this.#sessions.values()) {
      if (session.identity.userId === userId && session.identity.workspaceId === workspaceId) session.touch();
    }
  }

  /** Whether a page has this session open. */
  watched(session: LiveSession): boolean {
    return this.#subscribers.has(keyOf(session.identity));
  }

  /**
   * Calls `hear` with each piece of news of a session, whether it exists yet or not, until the returned function is called. Unsaved
   * texts of a `page` are forgotten some time after.
   */
  subscribe(place: SessionKey, hear: (news: SessionNews) => void, page: string | null = null): () => void {
    const key = keyOf(place);
    const subscribers = this.#subscribers.get(key) ?? new Set();
    this.#subscribers.set(key, subscribers);
    const subscriber = { hear, page };
    subscribers.add(subscriber);
    return () => {
      subscribers.delete(subscriber);
      if (subscribers.size === 0) this.#subscribers.delete(key);
    };
  }

  /** Sessions forget the unsaved texts of pages that are gone. */
  forgetAbsent(now: number): void {
    for (const [key, session] of this.#sessions) {
      const pages = [...(this.#subscribers.get(key) ?? [])].map(({ page }) => page);
      session.forgetAbsent(new Set(pages.filter((page) => page !== null)), now);
    }
  }

  /** Ends every session that matches. A forgotten one leaves the registry, its unsaved text with it. */
  endWhere(matches: (session: LiveSession) => boolean, mode: EndMode, reason: AppError): number {
    const ending = this.all().filter(matches);
    for (const session of ending) this.#end(session, mode, reason);
    return ending.length;
  }

  /**
   * Lets go of the workers that their person has not used for the idle time, and of those that have lived as long as they may.
   * They come back with the next request. Whoever waits in line and has closed every page leaves it.
   */
  endOverdue(now: number): void {
    for (const session of this.all().filter(({ running }) => running)) {
      const { idleMinutes, lifetimeHours } = this.#options.limits.known(session.identity.organisationId);
      const unused = now - session.lastUsedAt;
      if (session.waiting) {
        if (unused > unwatchedMilliseconds && !this.watched(session)) this.#end(session, "revive", leftLine());
      } else if (now - session.startedAt.getTime() > lifetimeHours * 3_600_000) {
        this.#end(session, "revive", lifetimeOver(lifetimeHours));
      } else if (unused > idleMinutes * 60_000 && !this.#busy(session)) {
        this.#end(session, "revive", idle(idleMinutes));
      }
    }
  }

  /** Ends an organisation's workers because what they were started with has changed; those that a page has open start again. */
  restart(organisationId: string, reason: AppError): void {
    const concerned = this.all().filter(
      (session) => session.running && !session.waiting && session.identity.organisationId === organisationId,
    );
    for (const session of concerned) this.#end(session, "revive", reason);
    for (const session of concerned) if (this.watched(session)) session.start();
  }

  /** Ends everything; called at shutdown. Resolves when its places are free for other web processes. */
  close(): Promise<void> {
    clearInterval(this.#checkTimer);
    clearInterval(this.#pingTimer);
    const released = this.admission.close();
    this.endWhere(() => true, "forget", new AppError("WORKER_LOST", "Millrace is shutting down."));
    this.#subscribers.clear();
    return released;
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
      admission: this.admission,
      overlayCharacters: this.#options.overlayCharacters,
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
    for (const { hear } of [...(this.#subscribers.get(key) ?? [])]) hear(news);
  }

  #ping(): void {
    for (const session of this.#sessions.values()) session.ping();
  }

  #usage(applicant: Applicant): Usage {
    const session = this.#sessionOf(applicant);
    if (session === undefined) return { unusedMilliseconds: 0, busy: true, watched: true };
    const unusedMilliseconds = Math.max(0, Date.now() - session.lastUsedAt);
    return { unusedMilliseconds, busy: this.#busy(session), watched: this.watched(session) };
  }

  /** A session that was longest unused gives way to another of its person; to others, when nobody has it open. */
  #giveWay(applicant: Applicant, reason: WaitsFor): boolean {
    const session = this.#sessionOf(applicant);
    if (session === undefined || this.#busy(session)) return false;
    const unused = !this.watched(session) && Date.now() - session.lastUsedAt >= unwatchedMilliseconds;
    if (reason !== "person" && !unused) return false;
    const whose = reason === "person" ? "another one of yours" : "somebody who waited: no page had it open";
    this.#end(session, "revive", new AppError("WORKER_LOST", `This dbt session made room for ${whose}.`));
    return true;
  }

  #sessionOf(applicant: Applicant): LiveSession | undefined {
    return this.all().find((session) => session === applicant);
  }
}

function idle(minutes: number): AppError {
  const time = minutes === 1 ? "a minute" : `${minutes} minutes`;
  return new AppError("WORKER_LOST", `The dbt session was idle for ${time} and was let go.`, {
    hint: "It starts again with your next edit.",
  });
}

function lifetimeOver(hours: number): AppError {
  const time = hours === 1 ? "an hour" : `${hours} hours`;
  return new AppError("WORKER_LOST", `The dbt session has run for ${time}, which is as long as it may.`, {
    hint: "A fresh one starts with your next edit.",
  });
}

function leftLine(): AppError {
  return new AppError("WORKER_LOST", "Nobody waited for this dbt session any more.", {
    hint: "It starts again with your next edit.",
  });
}
