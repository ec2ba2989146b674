import type { EditedFiles, TextEdit } from "@/server/contract";
import { applyTextEdits } from "@/server/contract/plain";
import { type BufferStore, isDirty } from "./buffers";

/** Edits of one file, made for the text `version` on disk, or for the unsaved `text`. */
export interface FileEdits {
  readonly path: string;
  readonly version: string | null;
  readonly text: string | null;
  readonly edits: readonly TextEdit[];
}

export interface EditOutcome {
  /** Files that were changed. */
  readonly changed: readonly string[];
  /** Files that were left as they are, and why. */
  readonly refused: readonly { readonly path: string; readonly message: string }[];
  /** What leads back. */
  readonly undo: readonly FileEdits[];
}

export interface ProjectEditsOptions {
  readonly buffers: BufferStore;
  readonly editFiles: (files: { path: string; version: string; edits: TextEdit[] }[]) => Promise<EditedFiles>;
  readonly save: (path: string) => Promise<boolean>;
}

/**
 * Changes files of the project as one step: open ones in the editor (where each has its own undo too; those without unsaved text are
 * saved again), the others on disk. A file that is not what the edits were made for is left alone and named.
 */
export class ProjectEdits {
  constructor(private readonly options: ProjectEditsOptions) {}

  async apply(files: readonly FileEdits[]): Promise<EditOutcome> {
    const { buffers, editFiles } = this.options;
    const changed: string[] = [];
    const undo: FileEdits[] = [];
    const refused: { path: string; message: string }[] = [];
    const open = files.filter((file) => buffers.get(file.path));
    const closed = files.flatMap(({ path, version, edits }) =>
      buffers.get(path) || version === null ? [] : [{ path, version, edits: [...edits] }],
    );
    // The disk first: when the server is not there, nothing has been changed yet.
    const onDisk: EditedFiles = closed.length > 0 ? await editFiles(closed) : { edited: [], refused: [] };
    for (const file of open) {
      const back = await this.applyInEditor(file);
      if (back === null) {
        refused.push({ path: file.path, message: `${file.path} has changed meanwhile.` });
      } else {
        changed.push(file.path);
        undo.push(back);
      }
    }
    changed.push(...onDisk.edited.map((file) => file.path));
    refused.push(...onDisk.refused);
    undo.push(
      ...onDisk.edited.map((file) => ({ path: file.path, version: file.version, text: null, edits: file.undo })),
    );
    for (const file of files) {
      if (file.version === null && !open.includes(file)) {
        refused.push({ path: file.path, message: `${file.path} is not open any more.` });
      }
    }
    return { changed, refused, undo };
  }

  private async applyInEditor({ path, version, text, edits }: FileEdits): Promise<FileEdits | null> {
    const { buffers, save } = this.options;
    const buffer = buffers.get(path);
    if (!buffer) {
      return null;
    }
    const expected = text ?? (buffer.baseVersion === version ? buffer.savedText : null);
    const result = buffer.text === expected ? applyTextEdits(expected, edits) : null;
    if (result === null) {
      return null;
    }
    const clean = !isDirty(buffer);
    buffers.replaceText(path, result.text);
    if (clean) {
      await save(path);
    }
    const after = buffers.get(path);
    const saved = after && !isDirty(after) ? after.baseVersion : null;
    return { path, version: saved, text: result.text, edits: result.undo };
  }
}
