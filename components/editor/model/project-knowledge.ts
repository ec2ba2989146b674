import { Store } from "@/components/shell";
import { layOutInIdle } from "../language/node-table";
import { emptyLookup, ProjectLookup } from "../language/project-lookup";
import { Pause } from "./pause";
import type { EditorServices } from "./services";

/** Milliseconds without a key before a newer index is fetched, and those after which it is while somebody types on. */
const quiet = 500;
const most = 5000;

/** What the editor knows of the project: the index, as new as the session has told that there is. */
export class ProjectKnowledge {
  /** The whole index, arranged. */
  readonly lookup = new Store<ProjectLookup>(emptyLookup);
  /** Names of the project's things, for who can begin with them before the whole index is there. */
  readonly names = new Store<ProjectLookup | null>(null);
  /** The latest fetch; settles when the index is there or cannot be had. */
  fetched: Promise<void> = Promise.resolve();

  private readonly pause = new Pause(() => void this.refresh(null), quiet, most);
  private readonly columns: Pause;

  constructor(
    private readonly fetch: EditorServices["index"],
    private readonly onNew: () => void,
    onColumns: () => void,
  ) {
    this.columns = new Pause(onColumns, quiet, most);
  }

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
    if (version === null) {
      this.pause.stop();
      this.fetched = this.refreshNow();
      await this.fetched;
    } else if (version > this.lookup.get().index.version) {
      this.pause.await();
    }
  }

  /** The session knows other columns than before; told in the next pause, as each compile of another text makes it look again. */
  columnsChanged(): void {
    this.columns.await();
  }

  /** Somebody types: what is newer can wait. */
  typed(): void {
    for (const pause of [this.pause, this.columns]) {
      if (pause.waiting) {
        pause.await();
      }
    }
  }

  /** Fetches nothing more by itself. */
  stop(): void {
    this.pause.stop();
    this.columns.stop();
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
