import { toErrorBody } from "@/components/api";
import { Store } from "@/components/shell";
import type { ErrorBody, FileContent } from "@/server/contract";
import type { BufferStore } from "./buffers";

/** Milliseconds for which the page stays as it is while a file is read. Later, the file's tab says that it is on its way. */
const patience = 100;

/** What a file without a buffer is: being read, no text, or the error that its reading ended with. */
export type Unopened = "loading" | "binary" | "too-large" | ErrorBody;

interface Awaited {
  readonly path: string;
  readonly passing: boolean;
  readonly show: () => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Reads files into their buffers, and has each shown when its text is there, so that one change of the page shows all of it. */
export class FileOpener {
  /** Files that are being read, or could not be. */
  readonly unopened = new Store<ReadonlyMap<string, Unopened>>(new Map());
  private readonly reading = new Map<string, Promise<void>>();
  private awaited: Awaited | null = null;

  constructor(
    private readonly buffers: BufferStore,
    private readonly read: (path: string) => Promise<FileContent>,
  ) {}

  /** The file that is shown in a moment, or null. */
  get awaitedPath(): string | null {
    return this.awaited?.path ?? null;
  }

  /**
   * Calls `show` as soon as the file has been read or could not be, and no later than `patience`. Who opens another one before that
   * gets both, unless the first was only to be looked at (`passing`).
   */
  open(path: string, { passing, show }: { passing: boolean; show: () => void }): void {
    const before = this.forget();
    if (before && before.path !== path && !before.passing) before.show();
    if (this.buffers.get(path)) {
      show();
      return;
    }
    this.awaited = { path, passing, show, timer: setTimeout(() => this.arrived(path), patience) };
    void this.load(path);
  }

  /** Reads a file into its buffer; `unopened` has what goes wrong. Who asks while it is read gets the same reading. */
  load(path: string): Promise<void> {
    const reading = this.reading.get(path) ?? this.readInto(path).finally(() => this.reading.delete(path));
    this.reading.set(path, reading);
    return reading;
  }

  /** Forgets the file that is still to be shown. */
  stop(): void {
    this.forget();
  }

  private async readInto(path: string): Promise<void> {
    this.note(path, "loading");
    try {
      const content = await this.read(path);
      if (content.text === null) {
        this.note(path, content.reason ?? "binary");
      } else {
        this.buffers.open(content);
        this.note(path, null);
      }
    } catch (error) {
      this.note(path, toErrorBody(error));
    }
    this.arrived(path);
  }

  private note(path: string, state: Unopened | null): void {
    const next = new Map(this.unopened.get());
    if (state === null) next.delete(path);
    else next.set(path, state);
    this.unopened.set(next);
  }

  private arrived(path: string): void {
    if (this.awaited?.path === path) this.forget()?.show();
  }

  private forget(): Awaited | null {
    const { awaited } = this;
    this.awaited = null;
    if (awaited) clearTimeout(awaited.timer);
    return awaited;
  }
}
