import type { OverlayChange } from "../contract/dbt";
import { AppError } from "../core";

interface Kept {
  readonly change: OverlayChange;
  /** The page that has it; null when it is of none. */
  readonly page: string | null;
  /** Since when that page is seen to be gone, in milliseconds since 1970. */
  absentSince: number | null;
}

/** How long the texts of a page that has gone stay: it may only have been loaded again, or lost its connection for a moment. */
const absentMilliseconds = 15_000;

/**
 * The latest unsaved text of each file of a session, in memory only, for the worker that replaces a lost or idle one. It is a page's:
 * when that is gone, nobody sees the text any more, and the page brings it along when it is back.
 */
export class UnsavedTexts {
  readonly #kept = new Map<string, Kept>();
  readonly #most: number;
  #characters = 0;

  /** @param most characters of all texts together */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes all of the changes or, when they would be too much, none. Throws LIMIT_REACHED. */
  keep(changes: readonly OverlayChange[], page: string | null): void {
    let characters = this.#characters;
    for (const change of changes) characters += lengthOf(change) - this.#lengthAt(change.path);
    if (characters > this.#most) {
      throw new AppError("LIMIT_REACHED", "There is too much unsaved text in this session.", {
        hint: "Save some of your files.",
      });
    }
    for (const change of changes) {
      const { path } = change;
      this.#characters += lengthOf(change) - this.#lengthAt(path);
      if (change.text === null && !change.deleted) this.#kept.delete(path);
      else this.#kept.set(path, { change, page, absentSince: null });
    }
  }

  /** Those that differ from what is kept. The others become this page's. */
  unknown(changes: readonly OverlayChange[], page: string | null): OverlayChange[] {
    return changes.filter(({ path, text }) => {
      const kept = this.#kept.get(path);
      if (kept === undefined || kept.change.text !== text) return true;
      this.#kept.set(path, { ...kept, page, absentSince: null });
      return false;
    });
  }

  /** In the order in which the files were first changed. */
  all(): OverlayChange[] {
    return [...this.#kept.values()].map(({ change }) => change);
  }

  /** Forgets the texts of pages that have been gone for a while. Returns their paths. */
  forgetAbsent(present: ReadonlySet<string>, now: number): string[] {
    const forgotten: string[] = [];
    for (const [path, kept] of this.#kept) {
      if (kept.page === null || present.has(kept.page)) {
        kept.absentSince = null;
        continue;
      }
      kept.absentSince ??= now;
      if (now - kept.absentSince < absentMilliseconds) continue;
      this.#characters -= lengthOf(kept.change);
      this.#kept.delete(path);
      forgotten.push(path);
    }
    return forgotten;
  }

  clear(): void {
    this.#kept.clear();
    this.#characters = 0;
  }

  #lengthAt(path: string): number {
    const kept = this.#kept.get(path);
    return kept === undefined ? 0 : lengthOf(kept.change);
  }
}

function lengthOf({ text }: OverlayChange): number {
  return text?.length ?? 0;
}
