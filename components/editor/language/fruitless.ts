/**
 * The word at which nothing fitted. A longer word that begins with it, in the same text, fits nothing either: while a person goes on
 * typing a name that nobody knows, the text is not read again for each key.
 */
export class FruitlessWord {
  private last: { path: string; before: string; typed: string; after: string } | null = null;

  /** Nothing fits the word before `offset`. Words that snippets begin with are left out. */
  note(path: string, text: string, offset: number): void {
    const typed = wordBefore(text, offset);
    this.last =
      typed === "" || typed.startsWith("_")
        ? null
        : { path, typed, before: text.slice(0, offset - typed.length), after: text.slice(offset) };
  }

  /** Whether the word before `offset` goes on from the one at which nothing fitted. */
  isAt(path: string, text: string, offset: number): boolean {
    const { last } = this;
    if (last?.path !== path || text.length - last.after.length !== offset) {
      return false;
    }
    const typed = text.slice(last.before.length, offset);
    return (
      typed.length > last.typed.length &&
      typed.startsWith(last.typed) &&
      /^[\w$]+$/.test(typed) &&
      text.startsWith(last.before) &&
      text.endsWith(last.after)
    );
  }

  /** The project (null), or a file, is not what it was; of the word's own file the text is looked at each time. */
  forgetBut(path: string | null): void {
    if (this.last?.path !== path) {
      this.last = null;
    }
  }
}

function wordBefore(text: string, offset: number): string {
  let start = offset;
  while (start > 0 && /[\w$]/.test(text[start - 1] ?? "")) {
    start -= 1;
  }
  return text.slice(start, offset);
}
