import { errorText, toErrorBody } from "@/components/api";
import { Store } from "@/components/shell";
import { type Buffer, type BufferStore, isDirty } from "./buffers";
import type { EditorServices } from "./services";

export interface SaverOptions {
  readonly buffers: BufferStore;
  readonly write: EditorServices["save"];
  readonly onSaved: (path: string) => void;
  readonly tell: (title: string, detail: string) => void;
}

/** Writes texts to their files: of one file one after the other, and never over what somebody else has changed unasked. */
export class Saver {
  /** The file whose save met a change on disk, while the person is asked. */
  readonly conflict = new Store<string | null>(null);
  private readonly running = new Map<string, Promise<boolean>>();

  constructor(private readonly options: SaverOptions) {}

  /** Settles when no save of this file is under way. */
  async settled(path: string): Promise<void> {
    await this.running.get(path);
  }

  /** Saves one file. Resolves to false when it could not be saved; the person has been told why. */
  async save(path: string, overwrite = false): Promise<boolean> {
    const running = this.running.get(path);
    if (running) {
      await running;
    }
    const buffer = this.options.buffers.get(path);
    if (!buffer || (!isDirty(buffer) && !overwrite)) {
      return true;
    }
    if (buffer.changedUnderneath && !overwrite) {
      this.conflict.set(path);
      return false;
    }
    const work = this.saveNow(buffer, overwrite);
    this.running.set(path, work);
    try {
      return await work;
    } finally {
      this.running.delete(path);
    }
  }

  private async saveNow({ path, text, baseVersion }: Buffer, overwrite: boolean): Promise<boolean> {
    const { buffers, write, onSaved, tell } = this.options;
    buffers.saving(path, true);
    try {
      const { version } = await write({ path, text, baseVersion, overwrite });
      buffers.saved(path, text, version);
      onSaved(path);
      return true;
    } catch (error) {
      buffers.saving(path, false);
      const body = toErrorBody(error);
      if (body.code === "CONFLICT") {
        const { version, text: diskText } = body.details as { version?: string | null; text?: string | null };
        buffers.diskChanged(path, { version: version ?? null, text: diskText ?? null });
        if (buffers.get(path)?.changedUnderneath) {
          this.conflict.set(path);
          return false;
        }
        return true;
      }
      tell(`${path} is not saved`, `${errorText(error)} The text is kept in this browser.`);
      return false;
    }
  }
}
