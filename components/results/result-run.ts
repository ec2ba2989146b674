import type { ErrorBody, PreviewInput, QueryRun, RowsTail } from "@/server/contract";
import type { ChartData, ChartSpec } from "./chart-data";
import type { CopyFormat } from "./copy-formats";
import { followKeys } from "./follow-keys";
import type { PivotSpec } from "./pivot";
import type { Filters, ResultColumn, SortBy } from "./result-data";
import type {
  ComparisonAnswer,
  ExportFormat,
  PivotAnswer,
  ResultAnswer,
  ResultRequest,
  ViewName,
} from "./result-messages";
import type { CellRange, CellWindow } from "./table-view";

/** A preview as the IDE asks for it; the store adds the query's id. `subject` is what the panel calls it. */
export type PreviewRequest = Omit<PreviewInput, "queryId"> & { subject: string };

export type ResultStatus = "empty" | "running" | "complete" | "limited" | "failed" | "cancelled" | "ended" | "refused";

/** Everything that is known of one run, replaced as a whole with each change. */
export interface RunSnapshot {
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

export const emptyRun: RunSnapshot = {
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

export interface RunOptions {
  /** Asks the server why a stream was cut; null when it does not know the query. */
  outcome: (queryId: string) => Promise<QueryRun | null>;
  /** Tells the server to stop a query (closing the stream does so too; this is for a stream that has not begun). */
  cancel: (queryId: string) => Promise<unknown>;
  url?: string;
}

type Asked = Extract<ResultRequest, { id: number }>;
type WithoutId<T> = T extends { id: number } ? Omit<T, "id"> : never;
type AnswerOf<Type extends ResultAnswer["type"]> = Extract<ResultAnswer, { type: Type }>;

/** One preview: the worker that holds its rows, and what is known of it. */
export class ResultRun {
  readonly #options: RunOptions;
  readonly #onChange: () => void;
  readonly #pending = new Map<number, { resolve: (answer: ResultAnswer) => void; reject: (error: Error) => void }>();
  #snapshot: RunSnapshot;
  #worker: Worker | null;
  #stopKeys: () => void = () => undefined;
  #nextId = 1;

  constructor(request: PreviewRequest, options: RunOptions & { generation: number; onChange: () => void }) {
    this.#options = options;
    this.#onChange = options.onChange;
    const queryId = crypto.randomUUID();
    const worker = new Worker(new URL("./result-worker.ts", import.meta.url), { type: "module" });
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ResultAnswer>) => this.#hear(data);
    worker.onerror = (event) => this.#finish("failed", problem(event.message || "The results worker failed to start."));
    this.#snapshot = {
      ...emptyRun,
      generation: options.generation,
      status: "running",
      request,
      queryId,
      startedAt: performance.now(),
    };
    const { subject: _subject, ...input } = request;
    const body: PreviewInput = { ...input, queryId };
    this.#send({ type: "start", url: options.url ?? "/api/preview", body: JSON.stringify(body) });
    this.#stopKeys = followKeys((pressed) => this.#send({ type: "key", pressed }));
  }

  get snapshot(): RunSnapshot {
    return this.#snapshot;
  }

  /** Stops the query. What has arrived stays. */
  cancel(): void {
    const { status, queryId } = this.#snapshot;
    if (status !== "running" || queryId === null) return;
    this.#send({ type: "cancel" });
    this.#set({ status: "cancelled", totalMilliseconds: performance.now() - this.#snapshot.startedAt });
    this.#options
      .cancel(queryId)
      .catch((error: unknown) =>
        console.warn("The cancel did not reach the server; the closed stream ends the query.", error),
      );
  }

  /** Ends the query if it still runs, and forgets the rows. */
  dispose(): void {
    this.cancel();
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject } of this.#pending.values()) reject(new Error("The result was replaced."));
    this.#pending.clear();
  }

  async arrange(sort: SortBy | null, filters: Filters): Promise<void> {
    this.#set({ sort, filters });
    const { viewRows } = await this.#ask<"arranged">({ type: "arrange", sort, filters });
    this.#set({ viewRows, generation: this.#snapshot.generation + 1 });
  }

  async window(view: ViewName, range: CellRange): Promise<CellWindow> {
    return (await this.#ask<"window">({ type: "window", view, range })).window;
  }

  async cell(view: ViewName, row: number, column: number): Promise<string | null> {
    return (await this.#ask<"cell">({ type: "cell", view, row, column })).text;
  }

  async copy(view: ViewName, range: CellRange, as: { format: CopyFormat; withHeader: boolean }): Promise<string> {
    return (await this.#ask<"text">({ type: "copy", view, range, ...as })).text;
  }

  async exportFile(format: ExportFormat): Promise<Blob> {
    return (await this.#ask<"file">({ type: "export", format })).blob;
  }

  async pivot(spec: PivotSpec): Promise<PivotAnswer> {
    return (await this.#ask<"pivoted">({ type: "pivot", spec })).pivoted;
  }

  async chart(spec: ChartSpec): Promise<ChartData> {
    return (await this.#ask<"chart">({ type: "chart", spec })).chart;
  }

  /** Compares `before` with this run; with null, with what was lent the last time. */
  async compare(
    before: ResultRun | null,
    options: { keys: readonly string[] | null; withSame: boolean },
  ): Promise<ComparisonAnswer> {
    let port: MessagePort | null = null;
    if (before !== null) {
      const channel = new MessageChannel();
      before.#send({ type: "lend", port: channel.port1 }, [channel.port1]);
      port = channel.port2;
    }
    return (await this.#ask<"compared">({ type: "compare", port, ...options }, port === null ? [] : [port])).compared;
  }

  /** Forgets the rows that were lent for a comparison. */
  release(): void {
    this.#send({ type: "release" });
  }

  #hear(answer: ResultAnswer): void {
    switch (answer.type) {
      case "columns":
        this.#set({ columns: answer.columns, sql: answer.sql, generation: this.#snapshot.generation + 1 });
        return;
      case "progress": {
        const { rows, viewRows, bytes, firstRowMilliseconds } = answer;
        this.#set({ rows, viewRows, bytes, firstRowMilliseconds });
        return;
      }
      case "tail": {
        if (this.#snapshot.status !== "running") return;
        const { outcome, limit, error } = answer.tail;
        const totalMilliseconds = performance.now() - this.#snapshot.startedAt;
        this.#set({ status: outcome, limit, error, totalMilliseconds });
        return;
      }
      case "refused":
        this.#finish("refused", answer.error);
        return;
      case "cut":
        if (this.#snapshot.status === "running") void this.#explainCut(answer.message);
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
  async #explainCut(message: string): Promise<void> {
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
          status,
          run.message === null
            ? lost
            : { ...lost, code: status === "ended" ? "POLICY_OFF" : "WORKER_LOST", message: run.message, hint: null },
        );
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    this.#finish("failed", lost);
  }

  #finish(status: ResultStatus, error: ErrorBody): void {
    if (this.#worker === null || this.#snapshot.status !== "running") return;
    this.#set({ status, error, totalMilliseconds: performance.now() - this.#snapshot.startedAt });
  }

  #ask<Type extends ResultAnswer["type"]>(
    request: WithoutId<Asked>,
    transfer: Transferable[] = [],
  ): Promise<AnswerOf<Type>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#worker === null) {
        reject(new Error("The result was replaced."));
        return;
      }
      this.#pending.set(id, { resolve: (answer) => resolve(answer as AnswerOf<Type>), reject });
      this.#send({ ...request, id } as Asked, transfer);
    });
  }

  #send(request: ResultRequest, transfer: Transferable[] = []): void {
    this.#worker?.postMessage(request, transfer);
  }

  #set(change: Partial<RunSnapshot>): void {
    if (this.#worker === null) return;
    this.#snapshot = { ...this.#snapshot, ...change };
    if (this.#snapshot.status !== "running") this.#stopKeys();
    this.#onChange();
  }
}

function problem(message: string, code: ErrorBody["code"] = "INTERNAL", hint: string | null = null): ErrorBody {
  return { code, message, hint, location: null, details: {}, reference: null };
}
