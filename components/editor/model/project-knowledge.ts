import { Store } from "@/components/shell";
import { layOutInIdle } from "../language/node-table";
import { emptyLookup, ProjectLookup } from "../language/project-lookup";
import type { EditorServices } from "./services";

const pause = 250;
const longestWait = 2000;

/** What the editor knows of the project: the index, as new as the session has told that there is. */
export class ProjectKnowledge {
  /** The whole index, arranged. */
  readonly lookup = new Store<ProjectLookup>(emptyLookup);
  /** Names of the project's things, for who can begin with them before the whole index is there. */
  readonly names = new Store<ProjectLookup | null>(null);
  /** The latest fetch; settles when the index is there or cannot be had. */
  fetched: Promise<void> = Promise.resolve();

  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Since when a newer index is known of; null when there is none. */
  private waitingSince: number | null = null;

  constructor(
    private readonly fetch: EditorServices["index"],
    private readonly onNew: () => void,
  ) {}

  /** What is known by now: all of it, or names alone. */
  get soFar(): ProjectLookup {
    const whole = this.lookup.get();
    return whole === emptyLookup ? (this.names.get() ?? whole) : whole;
  }

  /**
   * Fetches the index; with a version, when that is newer than the one at hand, in the next pause: while somebody types there is a newer
   * one with each key.
   */
  async refresh(version: number | null): Promise<void> {
    clearTimeout(this.timer);
    if (version === null) {
      this.waitingSince = null;
      this.fetched = this.refreshNow();
      await this.fetched;
    } else if (version > this.lookup.get().index.version) {
      this.waitingSince ??= performance.now();
      const left = this.waitingSince + longestWait - performance.now();
      this.timer = setTimeout(() => void this.refresh(null), Math.max(0, Math.min(pause, left)));
    }
  }

  /** Fetches nothing more by itself. */
  stop(): void {
    clearTimeout(this.timer);
    this.waitingSince = null;
  }

  private async refreshNow(): Promise<void> {
    const isFirst = this.lookup.get() === emptyLookup;
    try {
      const lookup = new ProjectLookup(
        await this.fetch(isFirst ? (names) => this.names.set(new ProjectLookup(names)) : null),
      );
      this.lookup.set(lookup);
      this.names.set(null);
      void layOutInIdle(lookup.index, () => this.lookup.get() === lookup);
      this.onNew();
    } catch (error) {
      console.warn("The project index could not be fetched.", error);
    }
  }
}
