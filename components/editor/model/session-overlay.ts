import { scratchpadName } from "@/components/shell";
import type { OverlayChange } from "@/server/contract";

/** Pause before an edit of YAML, a macro or a document goes to the session; they cost more than a model's SQL. */
const delay = 150;

export interface SessionOverlayOptions {
  send: (changes: OverlayChange[]) => Promise<void>;
  versionOf: (path: string) => number;
  /** The session knows the newest texts; what depends on them may be asked for again. */
  onSent: () => void;
}

/** Tells the session about unsaved texts that no compile carries, and when a text is saved or given up. */
export class SessionOverlay {
  private readonly waiting = new Map<string, string | null>();
  private known = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: SessionOverlayOptions) {}

  /** The session holds an unsaved text of this file, or soon will. */
  has(path: string): boolean {
    return this.known.has(path) || this.waiting.has(path);
  }

  /** A compile carried the file's text. */
  noteSent(path: string): void {
    this.known.add(path);
  }

  /** A new session knows nothing. */
  reset(): void {
    this.known = new Set();
  }

  /** `text` null: the file on disk counts again. */
  change(path: string, text: string | null): void {
    // dbt does not know scratchpads: their text goes with each compile.
    if (scratchpadName(path) !== null || (text === null && !this.has(path))) {
      return;
    }
    this.waiting.set(path, text);
    if (text !== null) {
      this.known.add(path);
    } else {
      this.known.delete(path);
    }
    this.stop();
    this.timer = setTimeout(() => void this.flush(), text === null ? 0 : delay);
  }

  /** Sends nothing more by itself. */
  stop(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }

  private async flush(): Promise<void> {
    this.timer = null;
    const changes = [...this.waiting].map(([path, text]) => ({
      path,
      text,
      deleted: false,
      version: this.options.versionOf(path),
    }));
    this.waiting.clear();
    try {
      await this.options.send(changes);
      this.options.onSent();
    } catch (error) {
      // The session is away; when it is back, all unsaved texts are sent again.
      console.warn("The session did not take the unsaved text.", error);
    }
  }
}
