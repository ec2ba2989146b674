import type { FileContent } from "@/server/contract";

/** Milliseconds for which the answer about a file counts that was expected to be opened. */
const fresh = 2_000;

/** Reads files; those of the remembered tabs are asked for before anything else is, and each answer counts once. */
export class EarlyReads {
  private readonly begun = new Map<string, Promise<FileContent>>();

  constructor(private readonly readNow: (path: string) => Promise<FileContent>) {}

  /** Asks for files that will be read in a moment. */
  begin(paths: Iterable<string>): void {
    for (const path of paths) {
      const reading = this.readNow(path);
      // Whoever reads the file is told; when nobody does any more (its tab was closed), nobody needs to be.
      reading.catch(() => undefined);
      this.begun.set(path, reading);
    }
  }

  /** Asks for a file that somebody is about to open. If nobody does, the answer is forgotten. */
  expect(path: string): void {
    if (this.begun.has(path)) return;
    this.begin([path]);
    const reading = this.begun.get(path);
    setTimeout(() => {
      if (this.begun.get(path) === reading) this.begun.delete(path);
    }, fresh);
  }

  read(path: string): Promise<FileContent> {
    const begun = this.begun.get(path);
    this.begun.delete(path);
    return begun ?? this.readNow(path);
  }

  /** What was not read until now is asked for again when it is: it may have changed. */
  end(): void {
    this.begun.clear();
  }
}
