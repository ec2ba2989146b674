import { isListOf, isText, isWhole, objectOf, rememberedStore, type ShapeOf, type Store } from "@/components/shell";
import { movedPath } from "./buffers";

const isBookmark = objectOf({ path: isText, line: isWhole, text: isText });
const areBookmarks = isListOf(isBookmark);
/** A line to come back to; `text` is what stood there when it was last seen. */
export type Bookmark = ShapeOf<typeof isBookmark>;

const mostBookmarks = 500;

/** Lines that the person marked, by file and line, remembered in this browser. They follow their lines while a file is edited. */
export class Bookmarks {
  readonly store: Store<readonly Bookmark[]>;

  constructor(workspaceId: string) {
    this.store = rememberedStore<readonly Bookmark[]>(`millrace:bookmarks:${workspaceId}`, [], (value) =>
      areBookmarks(value) ? value : null,
    );
  }

  /** Marks a line, or takes its mark away. */
  toggle(mark: Bookmark): void {
    this.store.update((all) => toggled(all, mark));
  }

  /** The mark `step` places after (or before) a place, round the ends; null when there is none. */
  from(place: { path: string; line: number } | null, step: 1 | -1): Bookmark | null {
    return neighbour(this.store.get(), place, step);
  }

  /** The marks of one file are on these lines now. */
  place(path: string, marks: readonly { line: number; text: string }[]): void {
    const before = this.store.get().filter((mark) => mark.path === path);
    const same =
      before.length === marks.length &&
      before.every((mark, index) => mark.line === marks[index]?.line && mark.text === marks[index]?.text);
    if (!same) {
      this.store.update((all) =>
        inOrder([...all.filter((mark) => mark.path !== path), ...marks.map((mark) => ({ path, ...mark }))]),
      );
    }
  }

  /** Follows a file or folder to its new name. */
  renamed(from: string, to: string): void {
    this.store.update((all) => inOrder(all.map((mark) => ({ ...mark, path: movedPath(mark.path, from, to) }))));
  }
}

function inOrder(marks: readonly Bookmark[]): Bookmark[] {
  const seen = new Set<string>();
  return [...marks]
    .sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
    .filter(({ path, line }) => !seen.has(`${line} ${path}`) && seen.add(`${line} ${path}`));
}

export function toggled(all: readonly Bookmark[], mark: Bookmark): Bookmark[] {
  const others = all.filter(({ path, line }) => path !== mark.path || line !== mark.line);
  return others.length < all.length ? others : inOrder([...all.slice(-mostBookmarks + 1), mark]);
}

export function neighbour(
  all: readonly Bookmark[],
  place: { path: string; line: number } | null,
  step: 1 | -1,
): Bookmark | null {
  const order = inOrder(all);
  if (place === null) {
    return order[0] ?? null;
  }
  const isAfter = (mark: Bookmark) => (mark.path === place.path ? mark.line > place.line : mark.path > place.path);
  const isBefore = (mark: Bookmark) => (mark.path === place.path ? mark.line < place.line : mark.path < place.path);
  if (step === 1) {
    return order.find(isAfter) ?? order[0] ?? null;
  }
  return order.findLast(isBefore) ?? order.at(-1) ?? null;
}
