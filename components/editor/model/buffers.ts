import { Store } from "@/components/shell";
import type { FileContent } from "@/server/contract";

/** What is on disk now, when it is no longer what this buffer started from. A null text means that the file is gone. */
export interface DiskState {
  version: string | null;
  text: string | null;
}

/** The text of one open file. It lives outside React, and outside the text editor, which only shows it. */
export interface Buffer {
  readonly path: string;
  readonly text: string;
  /** Grows with each edit. */
  readonly version: number;
  /** The text at `baseVersion`. */
  readonly savedText: string;
  /** Version on disk that the text started from; null when the file was not on disk. */
  readonly baseVersion: string | null;
  readonly saving: boolean;
  readonly changedUnderneath: DiskState | null;
}

export function isDirty(buffer: Buffer): boolean {
  return buffer.text !== buffer.savedText || (buffer.baseVersion === null && buffer.changedUnderneath === null);
}

type Buffers = ReadonlyMap<string, Buffer>;

/** All open buffers of one workspace. Every change replaces the map; `onReplaced` tells the text editor about texts it did not type. */
export class BufferStore {
  readonly store = new Store<Buffers>(new Map());
  private readonly replaced = new Set<(path: string, text: string) => void>();
  private nextVersion = 1;

  get(path: string): Buffer | null {
    return this.store.get().get(path) ?? null;
  }

  /** Calls `listener` when a text changes from outside of the text editor; returns the way to stop. */
  onReplaced(listener: (path: string, text: string) => void): () => void {
    this.replaced.add(listener);
    return () => {
      this.replaced.delete(listener);
    };
  }

  /** Opens what was read from disk; an open buffer is only compared with it. */
  open(content: FileContent): void {
    if (this.get(content.path)) {
      this.diskChanged(content.path, { version: content.version, text: content.text });
      return;
    }
    const text = content.text ?? "";
    this.put({
      path: content.path,
      text,
      version: this.nextVersion++,
      savedText: text,
      baseVersion: content.version,
      saving: false,
      changedUnderneath: null,
    });
  }

  /** Opens unsaved text that was kept from an earlier visit, over what is on disk now (null: nothing). */
  restore(path: string, draft: { text: string; baseVersion: string | null }, disk: FileContent | null): void {
    const diskText = disk?.text ?? null;
    const moved = (disk?.version ?? null) !== draft.baseVersion && diskText !== draft.text;
    this.put({
      path,
      text: draft.text,
      version: this.nextVersion++,
      savedText: diskText ?? "",
      baseVersion: moved ? draft.baseVersion : (disk?.version ?? null),
      saving: false,
      changedUnderneath: moved ? { version: disk?.version ?? null, text: diskText } : null,
    });
    this.tellReplaced(path, draft.text);
  }

  /** The person typed. */
  edit(path: string, text: string): void {
    this.change(path, (buffer) => (buffer.text === text ? buffer : { ...buffer, text, version: this.nextVersion++ }));
  }

  /** The text changed by something else than typing. */
  replaceText(path: string, text: string): void {
    this.edit(path, text);
    this.tellReplaced(path, text);
  }

  saving(path: string, saving: boolean): void {
    this.change(path, (buffer) => ({ ...buffer, saving }));
  }

  /** `text` is on disk as `version`; what was typed meanwhile stays unsaved. */
  saved(path: string, text: string, version: string): void {
    this.change(path, (buffer) => ({
      ...buffer,
      savedText: text,
      baseVersion: version,
      saving: false,
      changedUnderneath: null,
    }));
  }

  /** The file changed on disk. A clean buffer follows; a dirty one keeps its text and remembers what to ask. */
  diskChanged(path: string, disk: DiskState): void {
    const buffer = this.get(path);
    if (!buffer || disk.version === buffer.baseVersion) {
      return;
    }
    if (disk.text === buffer.text && disk.version !== null) {
      this.saved(path, disk.text, disk.version);
      return;
    }
    if (!isDirty(buffer) && disk.text !== null) {
      this.put({
        ...buffer,
        text: disk.text,
        savedText: disk.text,
        baseVersion: disk.version,
        version: this.nextVersion++,
        changedUnderneath: null,
      });
      this.tellReplaced(path, disk.text);
      return;
    }
    this.put({ ...buffer, changedUnderneath: disk });
  }

  /** Answer to `changedUnderneath`: the next save overwrites what is on disk. */
  keepMine(path: string): void {
    this.change(path, (buffer) =>
      buffer.changedUnderneath
        ? {
            ...buffer,
            baseVersion: buffer.changedUnderneath.version,
            savedText: buffer.changedUnderneath.text ?? "",
            changedUnderneath: null,
          }
        : buffer,
    );
  }

  /** Answer to `changedUnderneath`: the text becomes what is on disk. Not for a file that is gone (close it instead). */
  takeTheirs(path: string): void {
    const disk = this.get(path)?.changedUnderneath;
    if (!disk || disk.text === null) {
      return;
    }
    const { text, version } = disk;
    this.change(path, (buffer) => ({
      ...buffer,
      text,
      savedText: text,
      baseVersion: version,
      version: this.nextVersion++,
      changedUnderneath: null,
    }));
    this.tellReplaced(path, text);
  }

  /** Follows a file or a folder to its new name; texts and their state stay. Returns the moves. */
  rename(from: string, to: string): { from: string; to: string }[] {
    const moves: { from: string; to: string }[] = [];
    const next = new Map<string, Buffer>();
    for (const buffer of this.store.get().values()) {
      const path = movedPath(buffer.path, from, to);
      if (path !== buffer.path) {
        moves.push({ from: buffer.path, to: path });
      }
      next.set(path, { ...buffer, path });
    }
    this.store.set(next);
    return moves;
  }

  close(path: string): void {
    const next = new Map(this.store.get());
    if (next.delete(path)) {
      this.store.set(next);
    }
  }

  dirty(): Buffer[] {
    return [...this.store.get().values()].filter(isDirty);
  }

  private tellReplaced(path: string, text: string): void {
    for (const listener of this.replaced) {
      listener(path, text);
    }
  }

  private change(path: string, change: (buffer: Buffer) => Buffer): void {
    const buffer = this.get(path);
    if (!buffer) {
      return;
    }
    const next = change(buffer);
    if (next !== buffer) {
      this.put(next);
    }
  }

  private put(buffer: Buffer): void {
    this.store.set(new Map(this.store.get()).set(buffer.path, buffer));
  }
}

/** Where `path` is after `from` (a file or a folder) was renamed to `to`. */
export function movedPath(path: string, from: string, to: string): string {
  return path === from ? to : path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
}
