import type { Store } from "@/components/shell";
import type { FileContent, IndexNode, ProjectIndex, TextEdit } from "@/server/contract";

/** Edits of one file, made for the text `version` on disk, or for the unsaved `text`. */
export interface FileEdits {
  readonly path: string;
  readonly version: string | null;
  readonly text: string | null;
  readonly edits: readonly TextEdit[];
}

/** What the form asks of the editor beside it. */
export interface EditorPort {
  readonly buffers: {
    readonly store: Pick<Store<unknown>, "subscribe">;
    get(path: string): { readonly text: string; readonly baseVersion: string | null } | null;
  };
  readonly edits: {
    apply(files: readonly FileEdits[]): Promise<{
      readonly refused: readonly { readonly message: string }[];
      readonly undo: readonly FileEdits[];
    }>;
  };
  readonly lookup: Store<ProjectPort>;
  open(path: string, options?: { place?: { line: number } | null }): void;
}

/** What the project index answers. */
export interface ProjectPort {
  readonly index: ProjectIndex;
  node(uniqueId: string): IndexNode | null;
}

/** What the form asks of the server. */
export interface FilePort {
  read(path: string): Promise<FileContent>;
  save(input: { path: string; text: string; baseVersion: string | null; overwrite: boolean }): Promise<unknown>;
}
