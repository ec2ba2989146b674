import { Store } from "@/components/shell";
import { languageOf } from "../language/language-of";

/** How else than as text a file can be shown. */
export type OtherView = "table" | "preview";

/** The other view that a file has: CSV as a table, Markdown as it will look; null for text alone. */
export function otherViewOf(path: string): OtherView | null {
  switch (languageOf(path)) {
    case "csv":
      return "table";
    case "dbt-markdown":
      return "preview";
    default:
      return null;
  }
}

/** Which view each open file is in. A table is what CSV opens as; the preview is opened beside the text. */
export class FileViews {
  /** Files that are not in the view that they open in. */
  readonly store = new Store<ReadonlySet<string>>(new Set());

  /** Whether a file is shown in its other view. */
  isOther(path: string, flipped: ReadonlySet<string> = this.store.get()): boolean {
    const view = otherViewOf(path);
    return view === "table" ? !flipped.has(path) : view === "preview" && flipped.has(path);
  }

  flip(path: string): void {
    this.store.update((paths) => {
      const next = new Set(paths);
      if (!next.delete(path)) {
        next.add(path);
      }
      return next;
    });
  }
}
