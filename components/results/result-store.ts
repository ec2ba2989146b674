import type { ChartData, ChartSpec } from "./chart-data";
import { ChosenViews } from "./chosen-views";
import type { CopyFormat } from "./copy-formats";
import type { PivotSpec } from "./pivot";
import type { Filters, SortBy } from "./result-data";
import type { ComparisonAnswer, ExportFormat, PivotAnswer, ViewName } from "./result-messages";
import { emptyRun, type PreviewRequest, ResultRun, type RunOptions, type RunSnapshot } from "./result-run";
import type { CellRange, CellWindow } from "./table-view";

/** The result that the shown one is compared with: pinned by the person, or fetched for the comparison. */
export interface ReferenceResult {
  /** Grows with each other reference. */
  number: number;
  run: RunSnapshot;
  /** It is the shown result itself: nothing else has run since it was pinned. */
  shown: boolean;
  /** When it was pinned or fetched. */
  at: Date;
  /** The columns that the person matches rows by; null: those that look right. They stay while it is compared with. */
  keys: readonly string[] | null;
}

/** Everything the panel shows, replaced as a whole with each change. */
export interface ResultSnapshot extends RunSnapshot {
  reference: ReferenceResult | null;
}

interface Reference extends Omit<ReferenceResult, "run" | "shown"> {
  run: ResultRun;
}

/** Runs of this page that can be run again exactly: what they were, never what they gave. */
const rememberedRequests = 200;

/** One results panel: one shown result, which a new run replaces, and at most one result kept to compare it with. */
export class ResultStore {
  readonly #options: RunOptions;
  readonly #listeners = new Set<() => void>();
  #snapshot: ResultSnapshot = { ...emptyRun, reference: null };
  #shown: ResultRun | null = null;
  #reference: Reference | null = null;
  #references = 0;
  readonly #requests = new Map<string, PreviewRequest>();
  readonly chosen = new ChosenViews();

  constructor(options: RunOptions) {
    this.#options = options;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): ResultSnapshot => this.#snapshot;

  run(request: PreviewRequest): void {
    this.#leaveShown();
    this.#shown = this.#start(request);
    this.#changed();
  }

  /** What a run of this page asked for, so that it can be run again; null for runs of earlier visits. */
  requestOf(queryId: string): PreviewRequest | null {
    return this.#requests.get(queryId) ?? null;
  }

  /** Stops the running query. What has arrived stays. */
  cancel(): void {
    this.#shown?.cancel();
  }

  /** Forgets the results and their rows. */
  clear(): void {
    this.#leaveShown();
    this.unpin();
    this.#shown = null;
    this.#changed();
  }

  /** Keeps the shown result, so that later ones can be compared with it. */
  pin(): void {
    if (this.#shown !== null) this.#refer(this.#shown);
  }

  /** Runs another preview, to compare the shown result with its rows. Its progress is in the snapshot's `reference`. */
  fetchReference(request: PreviewRequest): void {
    this.#refer(this.#start(request));
  }

  /** Chooses the columns that rows are matched by, for this and later comparisons with what is kept. */
  matchBy(keys: readonly string[] | null): void {
    if (this.#reference !== null) this.#reference = { ...this.#reference, keys };
    this.#changed();
  }

  /** Forgets the result that was kept for comparing. */
  unpin(): void {
    if (this.#reference !== null && this.#reference.run !== this.#shown) this.#reference.run.dispose();
    this.#reference = null;
    this.#shown?.release();
    this.#changed();
  }

  async arrange(sort: SortBy | null, filters: Filters): Promise<void> {
    await this.#run().arrange(sort, filters);
  }

  async window(view: ViewName, range: CellRange): Promise<CellWindow> {
    return this.#run().window(view, range);
  }

  async cell(view: ViewName, row: number, column: number): Promise<string | null> {
    return this.#run().cell(view, row, column);
  }

  async copy(view: ViewName, range: CellRange, as: { format: CopyFormat; withHeader: boolean }): Promise<string> {
    return this.#run().copy(view, range, as);
  }

  async exportFile(format: ExportFormat): Promise<Blob> {
    return this.#run().exportFile(format);
  }

  async pivot(spec: PivotSpec): Promise<PivotAnswer> {
    return this.#run().pivot(spec);
  }

  async chart(spec: ChartSpec): Promise<ChartData> {
    return this.#run().chart(spec);
  }

  /** Compares the kept result (before) with the shown one (after); `again` when only the keys or the choice of rows changed. */
  async compare(options: {
    keys: readonly string[] | null;
    withSame: boolean;
    again: boolean;
  }): Promise<ComparisonAnswer> {
    const { again, ...rest } = options;
    if (this.#reference === null) throw new Error("There is nothing to compare with.");
    return this.#run().compare(again ? null : this.#reference.run, rest);
  }

  dispose(): void {
    this.clear();
    this.#listeners.clear();
  }

  #run(): ResultRun {
    if (this.#shown === null) throw new Error("There is no result.");
    return this.#shown;
  }

  #start(request: PreviewRequest): ResultRun {
    const run: ResultRun = new ResultRun(request, {
      ...this.#options,
      generation: this.#snapshot.generation + 1,
      onChange: () => {
        if (run === this.#shown || run === this.#reference?.run) this.#changed();
      },
    });
    if (run.snapshot.queryId !== null) this.#requests.set(run.snapshot.queryId, request);
    for (const oldest of this.#requests.keys()) {
      if (this.#requests.size <= rememberedRequests) break;
      this.#requests.delete(oldest);
    }
    return run;
  }

  #refer(run: ResultRun): void {
    const earlier = this.#reference?.run;
    this.#references += 1;
    this.#reference = { run, number: this.#references, at: new Date(), keys: null };
    if (earlier !== undefined && earlier !== this.#shown && earlier !== run) earlier.dispose();
    this.#changed();
  }

  #leaveShown(): void {
    if (this.#shown === null) return;
    if (this.#shown === this.#reference?.run) {
      this.#shown.cancel();
      this.#shown.release();
    } else this.#shown.dispose();
  }

  #changed(): void {
    const run = this.#shown?.snapshot ?? { ...emptyRun, generation: this.#snapshot.generation + 1 };
    const reference =
      this.#reference === null
        ? null
        : { ...this.#reference, run: this.#reference.run.snapshot, shown: this.#reference.run === this.#shown };
    this.#snapshot = { ...run, reference };
    for (const listener of this.#listeners) listener();
  }
}
