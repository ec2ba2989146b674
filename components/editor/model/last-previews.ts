import type { IndexNode, QueryRun } from "@/server/contract";

const outcomes: Record<QueryRun["outcome"], string> = {
  running: "running",
  complete: "complete",
  limited: "cut by a limit",
  failed: "failed",
  cancelled: "cancelled",
  ended: "ended",
  refused: "refused",
};
/** How long what is known is good enough for a hover card, in milliseconds. */
const fresh = 5_000;

/** The last run of a node in words: how it ended, and when. */
export interface LastPreview {
  readonly status: string;
  readonly at: string;
}

/** The person's latest preview of each node, from the history of previews: metadata only. */
export class LastPreviews {
  private runs: readonly QueryRun[] = [];
  private asked = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | null = null;

  /** `now` is milliseconds since 1970. */
  constructor(
    private readonly history: () => Promise<readonly QueryRun[]>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Brings what is known up to date, at most once in some seconds. A history that cannot be read leaves what was known. */
  async prepare(): Promise<void> {
    if (this.asking === null && this.now() - this.asked >= fresh) {
      this.asking = this.ask();
    }
    await this.asking;
  }

  private async ask(): Promise<void> {
    try {
      this.runs = await this.history();
    } catch (error) {
      console.warn("The history of previews could not be read.", error);
    } finally {
      this.asked = this.now();
      this.asking = null;
    }
  }

  /** The latest preview of a node's file or relation; null when there is none in the history. */
  of({ uniqueId, path }: Pick<IndexNode, "uniqueId" | "path">): LastPreview | null {
    const own = new Set([
      path,
      uniqueId,
      `relation of ${uniqueId}`,
      `failing rows of ${uniqueId}`,
      `result of ${uniqueId}`,
    ]);
    const run = this.runs.find(({ subject }) => own.has(subject));
    if (!run) return null;
    const { outcome, rows, milliseconds, startedAt } = run;
    const size = rows === null ? "" : `, ${rows.toLocaleString("en-GB")} ${rows === 1 ? "row" : "rows"}`;
    const time = milliseconds === null ? "" : ` in ${milliseconds.toLocaleString("en-GB")} ms`;
    return { status: `${outcomes[outcome]}${size}${time}`, at: ago(this.now() - Date.parse(startedAt)) };
  }
}

function ago(milliseconds: number): string {
  const minutes = Math.floor(Math.max(0, milliseconds) / 60_000);
  if (minutes < 1) return "just now";
  const format = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
  if (minutes < 60) return format.format(-minutes, "minute");
  return minutes < 24 * 60
    ? format.format(-Math.floor(minutes / 60), "hour")
    : format.format(-Math.floor(minutes / 1440), "day");
}
