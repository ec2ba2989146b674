import { randomBytes, randomUUID } from "node:crypto";
import type { OverlayChange, SessionLine, SessionStatus } from "../contract/dbt";
import type { DeferMode } from "../contract/defer";
import { defaultEngine } from "../contract/engines";
import type { WorkerEvent, WorkerMethod, WorkerRequest } from "../contract/worker";
import { AppError, logger, toAppError } from "../core";
import type { Admission } from "./admission";
import type { RunnerEndpoint } from "./endpoint";
import { requestTimeouts } from "./limits";
import type { RunnerPlacement } from "./placement";
import { QueryConnection, type QueryConnectionOptions } from "./query-connection";
import type { SessionIdentity } from "./session-identity";
import { UnsavedTexts } from "./unsaved-texts";
import { type Result, type SessionOpening, WorkerConnection } from "./worker-connection";

/** What a new worker is told, but for the token that the session makes itself. */
export interface PreparedOpening extends Omit<SessionOpening, "hello"> {
  /** The Python environment that it needs; the default one when left out. */
  readonly engine?: string;
  readonly hello: Omit<SessionOpening["hello"], "session">;
}

type DeferRequest = Extract<WorkerRequest, { method: "defer" }>["params"];

export interface LiveSessionOptions {
  readonly identity: SessionIdentity;
  readonly placement: RunnerPlacement;
  /** Asked before a worker is started. */
  readonly admission: Admission;
  readonly overlayCharacters: number;
  readonly onStatus: (status: SessionStatus) => void;
  readonly onIndex: (graphVersion: number) => void;
  readonly onLineage: (graphVersion: number) => void;
  readonly onQueryEnded: (event: Extract<WorkerEvent, { type: "queryEnded" }>) => void;
  /** A worker is ready. */
  readonly onStarted: (fromTemplate: boolean) => void;
  /** The worker is gone: its queries are too. */
  readonly onLost: (error: AppError) => void;
}

/** How a session may come back: with the next request of its person, only when they open it again, or never. */
export type EndMode = "revive" | "reopen" | "forget";

/** How many runners are tried for one start of a session. */
const mostPlaces = 3;

export const noSession: SessionStatus = {
  state: "none",
  dbtVersion: null,
  adapter: null,
  models: 0,
  error: null,
  progress: null,
  line: null,
};

const notCounted = { done: 0, total: null };

/**
 * One person's dbt session on one workspace and environment, shared by all their tabs. It outlives its worker: the latest
 * unsaved text of each file stays here, in memory only, and is replayed to the worker that replaces a lost or idle one.
 */
export class LiveSession {
  readonly id = randomUUID();
  /** When its worker was asked for. */
  startedAt = new Date();
  /** The Python environment that it needs. */
  engine = defaultEngine;
  /** Sign-ins that used it; when the last one ends, so does the session. */
  readonly signIns = new Set<string>();
  readonly identity: SessionIdentity;
  lastUsedAt = Date.now();
  /** Makes what a worker is told; renewed with each request, so that settings and the commit are the latest. */
  prepare: (() => Promise<PreparedOpening>) | null = null;
  readonly #options: LiveSessionOptions;
  readonly #unsaved: UnsavedTexts;
  #status: SessionStatus = noSession;
  #graphVersion = 0;
  #token = "";
  #connection: WorkerConnection | null = null;
  /** Where the worker runs; its queries go to the same runner. */
  #endpoint: RunnerEndpoint | null = null;
  #opening: Promise<WorkerConnection> | null = null;
  #candidate: WorkerConnection | null = null;
  /** The latest unsaved text on its way to the worker: a query, which comes over another socket, must not overtake it. */
  #overlaid: Promise<unknown> = Promise.resolve();
  /** What the worker was told to defer to; told again to the one that replaces it. */
  #deferral: DeferRequest | null = null;
  readonly #changedMeanwhile = new Set<string>();
  /** Requests that are refused when it turns out that there is a line. */
  readonly #impatient = new Set<(reason: AppError) => void>();
  #pid: number | null = null;
  #commit: string | null = null;
  #endMode: EndMode | null = null;
  #endReason: AppError | null = null;

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.identity = options.identity;
    this.#unsaved = new UnsavedTexts(options.overlayCharacters);
  }

  get status(): SessionStatus {
    return this.#status;
  }
  get graphVersion(): number {
    return this.#graphVersion;
  }
  /** A worker of it runs or is being started. */
  get running(): boolean {
    return this.#connection !== null || this.#opening !== null;
  }
  /** It is in line for a worker. */
  get waiting(): boolean {
    return this.#status.state === "waiting";
  }
  get pid(): number | null {
    return this.#pid;
  }
  /** Its processes are of this machine. */
  get local(): boolean {
    return this.#endpoint?.kind === "unix";
  }
  /** The name of the runner of another machine that it runs on. */
  get runner(): string | null {
    return this.#endpoint?.kind === "tls" ? this.#endpoint.runner : null;
  }
  get forgotten(): boolean {
    return this.#endMode === "forget";
  }
  /** The commit that the worker was told. */
  get commit(): string | null {
    return this.#commit;
  }

  /** How `ref` defers to production. */
  get deferMode(): DeferMode {
    return this.#deferral?.mode ?? "off";
  }

  touch(): void {
    this.lastUsedAt = Date.now();
  }

  /**
   * Starts a worker when none runs. `reopen` also brings back a session that an administrator ended.
   * Returns at once; `status` tells the rest.
   */
  start(reopen = false): void {
    if (reopen && this.#endMode === "reopen") this.#endMode = null;
    this.connection().catch((error: unknown) => {
      if (toAppError(error).code === "INTERNAL")
        logger().error({ err: error, dbtSession: this.id }, "A dbt session did not start.");
    });
  }

  /** Keeps the latest text and tells the worker when one is ready. Never waits for a parse. */
  async overlay(changes: readonly OverlayChange[], page: string | null = null): Promise<Result<"overlay">> {
    this.#unsaved.keep(changes, page);
    const connection = this.#connection;
    if (connection === null) {
      this.start();
      return { graphVersion: this.#graphVersion, pending: true };
    }
    const applied = connection.request("overlay", { changes: [...changes] }, requestTimeouts.overlay);
    this.#overlaid = applied;
    return applied;
  }

  /** Tells the worker those of the texts that it does not have yet. */
  async overlayUnknown(changes: readonly OverlayChange[], page: string | null = null): Promise<void> {
    const unknown = this.#unsaved.unknown(changes, page);
    if (unknown.length > 0) await this.overlay(unknown, page);
  }

  /** Pages that are not among the present ones are gone, and so are, after a while, the texts that only they had. */
  forgetAbsent(present: ReadonlySet<string>, now: number): void {
    const paths = this.#unsaved.forgetAbsent(present, now);
    if (paths.length === 0 || this.#connection === null) return;
    const changes = paths.map((path) => ({ path, text: null, deleted: false, version: 0 }));
    this.#tell(this.#connection, changes, "A dbt session did not forget the texts of a page.");
  }

  /** Asks the worker, starting one first when there is none. */
  async request<Method extends Exclude<WorkerMethod, "overlay">>(
    method: Method,
    params: Parameters<typeof WorkerConnection.prototype.request<Method>>[1],
    timeoutMs: number,
  ): Promise<Result<Method>> {
    const connection = this.#connection ?? (await this.#connected());
    return connection.request(method, params, timeoutMs);
  }

  /** From now on `ref` defers to this manifest, or to none. When the worker refuses, it goes on as before. */
  async defer(deferral: DeferRequest, timeoutMs: number): Promise<Result<"defer">> {
    const result = await this.request("defer", deferral, timeoutMs);
    this.#deferral = deferral.mode === "off" ? null : deferral;
    return result;
  }

  /** Tells the worker that this process lives, so that it does not end itself; nothing of that counts as use. */
  ping(): void {
    const connection = this.#connection;
    connection?.request("ping", {}, requestTimeouts.ping).catch((error: unknown) => {
      if (this.#connection === connection)
        logger().warn({ err: error, dbtSession: this.id }, "A dbt session is silent.");
    });
  }

  /** Tells the worker which files changed on disk; one that is being started has been told the state before. */
  filesChanged(paths: string[]): void {
    const connection = this.#connection;
    if (connection === null && this.#opening !== null) for (const path of paths) this.#changedMeanwhile.add(path);
    connection?.request("filesChanged", { paths }, requestTimeouts.overlay).catch((error: unknown) => {
      if (this.#connection === connection)
        logger().warn({ err: error, dbtSession: this.id }, "A dbt session did not take changed files.");
    });
  }

  /** Opens a query of this session; its bytes are ready to be read. */
  async openQuery(query: QueryConnectionOptions["query"]): Promise<QueryConnection> {
    if (this.#connection === null) await this.#connected();
    await Promise.allSettled([this.#overlaid]);
    if (this.#endpoint === null) throw new AppError("WORKER_LOST", "The dbt session has ended.");
    return new QueryConnection({ endpoint: this.#endpoint, session: this.#token, query });
  }

  /** Asks the worker to end one query's process; the query's own socket is destroyed by the caller. */
  cancelQuery(queryId: string): void {
    this.#connection
      ?.request("cancel", { queryId }, requestTimeouts.cancel)
      .catch((error: unknown) =>
        logger().debug({ err: error, queryId }, "A query had ended before it could be cancelled."),
      );
  }

  /** Ends the worker at once, and every query of it. */
  end(mode: EndMode, reason: AppError): void {
    this.#endMode = mode === "revive" ? null : mode;
    this.#endReason = reason;
    if (mode === "forget") this.#unsaved.clear();
    this.#drop(reason);
    this.#options.admission.leave(this, reason);
    this.#setStatus({ ...this.#status, state: "ended", error: reason.toBody(), progress: null, line: null });
  }

  /** A ready worker. Throws why there cannot be one. */
  connection(): Promise<WorkerConnection> {
    if (this.#connection) return Promise.resolve(this.#connection);
    if (this.#endMode !== null) return Promise.reject(this.#refusal());
    if (this.#opening !== null && this.#endReason !== null) {
      // That start was ended and has yet to notice.
      const again = () => this.connection();
      return this.#opening.then(again, again);
    }
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** A ready worker, for a request that does not stand in line. Throws LIMIT_REACHED with the place when there is a line. */
  #connected(): Promise<WorkerConnection> {
    const opening = this.connection();
    return new Promise((resolve, reject) => {
      this.#impatient.add(reject);
      opening.then(resolve, reject).finally(() => this.#impatient.delete(reject));
      if (this.#status.line !== null) reject(waitsInLine(this.#status.line));
    });
  }

  async #open(): Promise<WorkerConnection> {
    const { prepare } = this;
    if (prepare === null) throw new Error("A dbt session was started before it was prepared.");
    this.#endReason = null;
    const { admission } = this.#options;
    const onLine = (line: SessionLine | null) => this.#wait(line);
    this.#setStatus({ ...noSession, state: "starting", adapter: this.identity.adapter });
    try {
      this.#changedMeanwhile.clear();
      // What the worker is told is made meanwhile, and again when there was a line.
      const [prepared, waited] = await Promise.all([prepare(), admission.enter(this, onLine)]);
      let connection: WorkerConnection | null = null;
      for (let opening = waited ? null : prepared; connection === null; opening = null) {
        try {
          connection = await this.#start(prepare, opening);
        } catch (error) {
          if (this.#endReason !== null || !isFull(error)) throw error;
          await admission.enter(this, onLine, true);
        }
      }
      this.#connection = connection;
      if (this.#changedMeanwhile.size > 0) this.filesChanged([...this.#changedMeanwhile]);
      this.#replay(connection);
      return connection;
    } catch (error) {
      const failure = toAppError(error);
      admission.leave(this, failure);
      if (this.#endReason === null) {
        logger().warn({ err: failure, dbtSession: this.id, reason: failure.message }, "A dbt session could not start.");
        this.#setStatus({ ...this.#status, state: "lost", error: failure.toBody(), progress: null, line: null });
      }
      throw failure;
    }
  }

  async #start(prepare: () => Promise<PreparedOpening>, prepared: PreparedOpening | null): Promise<WorkerConnection> {
    if (this.#endReason) throw this.#endReason;
    this.startedAt = new Date();
    if (prepared === null) this.#changedMeanwhile.clear();
    const opening = prepared ?? (await prepare());
    if (this.#endReason) throw this.#endReason;
    this.#commit = opening.hello.commit;
    return this.#openSomewhere(opening);
  }

  #wait(line: SessionLine | null): void {
    const before = this.#status.line;
    if (before !== null && before.place === line?.place && before.of === line.of && before.reason === line.reason)
      return;
    const state = line === null ? "starting" : "waiting";
    this.#setStatus({ ...noSession, state, adapter: this.identity.adapter, line });
    if (line === null) return;
    for (const reject of [...this.#impatient]) reject(waitsInLine(line));
  }

  /** Asks for a place, and for another one when that runner is gone or filled up meanwhile. */
  async #openSomewhere(opening: PreparedOpening): Promise<WorkerConnection> {
    const avoid = new Set<string>();
    for (;;) {
      const endpoint = await this.#options.placement.place({
        projectId: this.identity.projectId,
        engine: opening.engine ?? defaultEngine,
        avoid,
      });
      if (this.#endReason) throw this.#endReason;
      let heard = false;
      try {
        return await this.#connect(endpoint, opening, () => {
          heard = true;
          this.#options.admission.started(this);
        });
      } catch (error) {
        const { code } = toAppError(error);
        const elsewhere = code === "LIMIT_REACHED" || (code === "WORKER_LOST" && !heard);
        if (endpoint.kind === "unix" || !elsewhere || this.#endReason !== null || avoid.size === mostPlaces - 1)
          throw error;
        logger().warn({ err: error, dbtSession: this.id, runner: endpoint.runner }, "A runner did not take a session.");
        avoid.add(endpoint.runner);
      }
    }
  }

  async #connect(endpoint: RunnerEndpoint, opening: PreparedOpening, onHeard: () => void): Promise<WorkerConnection> {
    const token = randomBytes(32).toString("base64url");
    const candidate: WorkerConnection = new WorkerConnection({
      endpoint,
      opening: { ...opening, hello: { ...opening.hello, session: token } },
      onEvent: (event) => {
        onHeard();
        this.#receive(event);
      },
      onLost: (error) => this.#lost(candidate, error),
    });
    this.#candidate = candidate;
    const late = setTimeout(
      () => candidate.close(new AppError("TIMEOUT", "The dbt session was not ready in time.")),
      requestTimeouts.ready,
    );
    try {
      await candidate.ready;
    } finally {
      clearTimeout(late);
      if (this.#candidate === candidate) this.#candidate = null;
    }
    if (!candidate.open) throw this.#endReason ?? new AppError("WORKER_LOST", "The dbt session ended as it started.");
    this.#token = token;
    this.#endpoint = endpoint;
    return candidate;
  }

  /** Before anything is compiled. A manifest that cannot be used any more is told by the worker with each compile. */
  #replayDeferral(connection: WorkerConnection): void {
    const deferral = this.#deferral;
    if (deferral === null) return;
    this.#overlaid = connection.request("defer", deferral, requestTimeouts.defer).catch((error: unknown) => {
      if (this.#connection !== connection) return;
      this.#deferral = null;
      logger().warn({ err: error, dbtSession: this.id }, "A dbt session does not defer any more.");
    });
  }

  /** The first request of a fresh worker: everything unsaved. Later changes queue behind it on the same socket. */
  #replay(connection: WorkerConnection): void {
    this.#replayDeferral(connection);
    const changes = this.#unsaved.all();
    if (changes.length > 0) this.#tell(connection, changes, "Unsaved text could not be replayed.");
  }

  /** Tells the worker of texts for which nobody waits but the next query. */
  #tell(connection: WorkerConnection, changes: OverlayChange[], failure: string): void {
    this.#overlaid = connection.request("overlay", { changes }, requestTimeouts.overlay).catch((error: unknown) => {
      // When the session has ended since, the next worker gets the text.
      if (this.#connection === connection) logger().warn({ err: error, dbtSession: this.id }, failure);
    });
  }

  #receive(event: WorkerEvent): void {
    switch (event.type) {
      case "progress": {
        const { phase, done, total } = event;
        this.#setStatus({ ...this.#status, state: "parsing", progress: { phase, done, total }, line: null });
        return;
      }
      case "ready":
        this.#pid = event.pid;
        this.#graphVersion = event.graphVersion;
        this.#setStatus({
          state: event.error ? "broken" : "ready",
          dbtVersion: event.dbtVersion,
          adapter: event.adapter,
          models: event.models,
          error: event.error,
          progress: null,
          line: null,
        });
        this.#options.onStarted(event.fromTemplate);
        this.#options.onIndex(event.graphVersion);
        return;
      case "graph":
        this.#graphVersion = event.graphVersion;
        this.#setStatus({
          ...this.#status,
          state: event.error ? "broken" : "ready",
          models: event.models,
          error: event.error,
          progress: event.pending ? { phase: "Updating the graph", ...(event.reading ?? notCounted) } : null,
        });
        this.#options.onIndex(event.graphVersion);
        return;
      case "lineage":
        this.#options.onLineage(event.graphVersion);
        return;
      case "queryEnded":
        this.#options.onQueryEnded(event);
        return;
      case "fatal":
        return;
    }
  }

  #lost(connection: WorkerConnection, error: AppError): void {
    // One that is lost before it is ready is the affair of whoever opens it: there may be another place.
    if (this.#connection !== connection) return;
    this.#connection = null;
    this.#endpoint = null;
    this.#pid = null;
    this.#token = "";
    logger().warn({ err: error, dbtSession: this.id, reason: error.message }, "A dbt session was lost.");
    this.#setStatus({ ...this.#status, state: "lost", error: error.toBody(), progress: null });
    this.#options.admission.leave(this, error);
    this.#options.onLost(error);
  }

  #drop(reason: AppError): void {
    this.#candidate?.close(reason);
    this.#connection?.close(reason);
    this.#candidate = null;
    this.#connection = null;
    this.#endpoint = null;
    this.#pid = null;
    this.#token = "";
  }

  #refusal(): AppError {
    return new AppError("WORKER_LOST", this.#endReason?.message ?? "This dbt session has ended.", {
      hint: "Open the session again to go on.",
      details: { ended: true },
    });
  }

  #setStatus(status: SessionStatus): void {
    this.#status = status;
    this.#options.onStatus(status);
  }
}

/** A runner that has no room, as opposed to any other limit. */
function isFull(error: unknown): boolean {
  return error instanceof AppError && error.code === "LIMIT_REACHED" && error.details.limit === "runner";
}

function waitsInLine(line: SessionLine): AppError {
  return new AppError("LIMIT_REACHED", `Your dbt session waits in line: ${line.place} of ${line.of}.`, {
    hint: "It starts by itself. What you type is kept.",
    details: { line },
  });
}
