import type { OverlayChange } from "../contract/dbt";
import { AppError } from "../core";

/** The latest unsaved text of each file of a session, in memory only, for the worker that replaces a lost or idle one. */
export class UnsavedTexts {
  readonly #changes = new Map<string, OverlayChange>();
  readonly #most: number;
  #characters = 0;

  /** @param most characters of all texts together */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes all of the changes or, when they would be too much, none. Throws LIMIT_REACHED. */
  keep(changes: readonly OverlayChange[]): void {
    let characters = this.#characters;
    for (const change of changes) characters += lengthOf(change) - lengthOf(this.#changes.get(change.path));
    if (characters > this.#most) {
      throw new AppError("LIMIT_REACHED", "There is too much unsaved text in this session.", {
        hint: "Save some of your files.",
      });
    }
    for (const change of changes) {
      this.#characters += lengthOf(change) - lengthOf(this.#changes.get(change.path));
      if (change.text === null && !change.deleted) this.#changes.delete(change.path);
      else this.#changes.set(change.path, change);
    }
  }

  has(path: string, text: string): boolean {
    return this.#changes.get(path)?.text === text;
  }

  /** In the order in which the files were first changed. */
  all(): OverlayChange[] {
    return [...this.#changes.values()];
  }

  clear(): void {
    this.#changes.clear();
    this.#characters = 0;
  }
}

function lengthOf(change: OverlayChange | undefined): number {
  return change?.text?.length ?? 0;
}
