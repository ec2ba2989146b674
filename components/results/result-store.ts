import type { ErrorBody, PreviewInput, QueryRun, RowsTail } from "@/server/contract";
import type { CopyFormat } from "./copy-formats";
import type { CellRange, CellWindow, Filters, ResultColumn, SortBy } from "./result-data";
import type { ResultAnswer, ResultRequest } from "./result-messages";

/** A preview as the IDE asks for it; the store adds the query's id. `subject` is what the panel calls it. */
export type PreviewRequest = Omit<PreviewInput, "queryId"> & { subject: string };

export type ResultStatus = "empty" | "running" | "complete" | "limited" | "failed" | "cancelled" | "ended" | "refused";

/** Everything the panel shows, replaced as a whole with each change. */
export interface ResultSnapshot {
  status: ResultStatus;
  request: PreviewRequest | null;
  queryId: string | null;
  columns: ResultColumn[];
  /** Rows that have arrived, and rows of the view after filters. */
  rows: number;
  viewRows: number;
  bytes: number;
  sql: string | null;
  firstRowMilliseconds: number | null;
  totalMilliseconds: number | null;
  startedAt: number;
  limit: RowsTail["limit"];
  error: ErrorBody | null;
  sort: SortBy | null;
  filters: Filters;
  /** Grows when cell text already fetched is no longer valid (another sort, filter or run). */
  generation: number;
}

const emptySnapshot: ResultSnapshot = {
  status: "empty",
  request: null,
  queryId: null,
  columns: [],
  rows: 0,
  viewRows: 0,
  bytes: 0,
  sql: null,
  firstRowMilliseconds: null,
  totalMilliseconds: null,
  startedAt: 0,
  limit: null,
  error: null,
  sort: null,
  filters: {},
  generation: 0,
};

export interface ResultStoreOptions {
  /** Asks the server why a stream was cut; null when it does not know the query. */
  outcome: (queryId: string) => Promise<QueryRun | null>;
  /** Tells the server to stop a query (closing the stream does so too; this is for a stream that has not begun). */
  cancel: (queryId: string) => Promise<unknown>;
  url?: string;
}

type Requested = Exclude<ResultRequest, { type: "start" | "cancel" }>;
type WithoutId<T> = T extends { id: number } ? Omit<T, "id"> : never;

/** One results panel: at most one run at a time; a new run replaces the last result. */
export class ResultStore {
  readonly #options: ResultStoreOptions;
  readonly #listeners = new Set<() => void>();
  readonly #pending = new Map<number, { resolve: (answer: ResultAnswer) => void; reject: (error: Error) => void }>();
  #snapshot = emptySnapshot;
  #worker: Worker | null = null;
  #nextId = 1;

  constructor(options: ResultStoreOptions) {
    this.#options = options;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): ResultSnapshot => this.#snapshot;

  run(request: PreviewRequest): void {
    if (this.#snapshot.status === "running") this.cancel();
    this.#discardWorker();
    const queryId = crypto.randomUUID();
    const worker = new Worker(new URL("./result-worker.ts", import.meta.url), { type: "module" });
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ResultAnswer>) => this.#hear(worker, data);
    worker.onerror = (event) =>
      this.#finish(worker, "failed", problem(event.message || "The results worker failed to start."));
    this.#set({
      ...emptySnapshot,
      generation: this.#snapshot.generation + 1,
      status: "running",
      request,
      queryId,
      startedAt: performance.now(),
    });
    const { subject: _subject, ...input } = request;
    const body: PreviewInput = { ...input, queryId };
    this.#send({ type: "start", url: this.#options.url ?? "/api/preview", body: JSON.stringify(body) });
  }

  /** Stops the running query. What has arrived stays. */
  cancel(): void {
    const { status, queryId } = this.#snapshot;
    if (status !== "running" || queryId === null) return;
    this.#send({ type: "cancel" });
    this.#set({
      ...this.#snapshot,
      status: "cancelled",
      totalMilliseconds: performance.now() - this.#snapshot.startedAt,
    });
    this.#options
      .cancel(queryId)
      .catch((error: unknown) =>
        console.warn("The cancel did not reach the server; the closed stream ends the query.", error),
      );
  }

  /** Forgets the result and its rows. */
  clear(): void {
    this.cancel();
    this.#discardWorker();
    this.#set({ ...emptySnapshot, generation: this.#snapshot.generation + 1 });
  }

  async arrange(sort: SortBy | null, filters: Filters): Promise<void> {
    this.#set({ ...this.#snapshot, sort, filters });
    const answer = await this.#ask({ type: "arrange", sort, filters });
    if (answer.type === "arranged")
      this.#set({ ...this.#snapshot, viewRows: answer.viewRows, generation: this.#snapshot.generation + 1 });
  }

  async window(range: CellRange): Promise<CellWindow | null> {
    const answer = await this.#ask({ type: "window", range });
    return answer.type === "window" ? answer.window : null;
  }

  async cell(row: number, column: number): Promise<string | null> {
    const answer = await this.#ask({ type: "cell", row, column });
    return answer.type === "cell" ? answer.text : null;
  }

  async copy(range: CellRange, format: CopyFormat, withHeader: boolean): Promise<string> {
    const answer = await this.#ask({ type: "copy", range, format, withHeader });
    return answer.type === "text" ? answer.text : "";
  }

  async exportFile(format: "csv" | "json"): Promise<Blob | null> {
    const answer = await this.#ask({ type: "export", format });
    return answer.type === "file" ? answer.blob : null;
  }

  dispose(): void {
    this.clear();
    this.#listeners.clear();
  }

  #hear(worker: Worker, answer: ResultAnswer): void {
    if (worker !== this.#worker) return;
    switch (answer.type) {
      case "columns":
        this.#set({
          ...this.#snapshot,
          columns: answer.columns,
          sql: answer.sql,
          generation: this.#snapshot.generation + 1,
        });
        return;
      case "progress": {
        const { rows, viewRows, bytes, firstRowMilliseconds } = answer;
        this.#set({ ...this.#snapshot, rows, viewRows, bytes, firstRowMilliseconds });
        return;
      }
      case "tail": {
        if (this.#snapshot.status !== "running") return;
        const { outcome, limit, error } = answer.tail;
        this.#set({
          ...this.#snapshot,
          status: outcome,
          limit,
          error,
          totalMilliseconds: performance.now() - this.#snapshot.startedAt,
        });
        return;
      }
      case "refused":
        this.#finish(worker, "refused", answer.error);
        return;
      case "cut":
        if (this.#snapshot.status === "running") void this.#explainCut(worker, answer.message);
        return;
      case "failed":
        this.#pending.get(answer.id)?.reject(new Error(answer.message));
        this.#pending.delete(answer.id);
        return;
      default:
        this.#pending.get(answer.id)?.resolve(answer);
        this.#pending.delete(answer.id);
    }
  }

  /** The stream broke off: the server's record says whether a policy, a limit, a crash or the network did it. */
  async #explainCut(worker: Worker, message: string): Promise<void> {
    const { queryId } = this.#snapshot;
    const lost = problem(message, "WORKER_LOST", "The query's stream broke off. Run it again.");
    if (queryId === null) return;
    for (let attempt = 0; attempt < 10; attempt++) {
      const run = await this.#options.outcome(queryId).catch((error: unknown) => {
        lost.details = { reason: String(error) };
        return null;
      });
      if (run !== null && run.outcome !== "running") {
        const status = run.outcome === "ended" ? "ended" : run.outcome === "cancelled" ? "cancelled" : "failed";
        this.#finish(
          worker,
          status,
          run.message === null
            ? lost
            : { ...lost, code: status === "ended" ? "POLICY_OFF" : "WORKER_LOST", message: run.message, hint: null },
        );
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    this.#finish(worker, "failed", lost);
  }

  #finish(worker: Worker, status: ResultStatus, error: ErrorBody): void {
    if (worker !== this.#worker || this.#snapshot.status !== "running") return;
    this.#set({ ...this.#snapshot, status, error, totalMilliseconds: performance.now() - this.#snapshot.startedAt });
  }

  #ask(request: WithoutId<Requested>): Promise<ResultAnswer> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#worker === null) {
        reject(new Error("There is no result."));
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#send({ ...request, id } as Requested);
    });
  }

  #send(request: ResultRequest): void {
    this.#worker?.postMessage(request);
  }

  #discardWorker(): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject } of this.#pending.values()) reject(new Error("The result was replaced."));
    this.#pending.clear();
  }

  #set(snapshot: ResultSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}

function problem(message: string, code: ErrorBody["code"] = "INTERNAL", hint: string | null = null): ErrorBody {
  return { code, message, hint, location: null, details: {}, reference: null };
}
