import type { ApiClient } from "@/components/api";
import type {
  CompileResult,
  Diagnostics,
  EditedFiles,
  ErrorBody,
  FileContent,
  OverlayChange,
  ProjectIndex,
  TextEdit,
} from "@/server/contract";

/** What the editor asks of the server. */
import { IndexAssembler } from "./index-parts";
export interface EditorServices {
  readonly workspaceId: string;
  read(path: string): Promise<FileContent>;
  /** Resolves to the new version; a CONFLICT error carries details {version, text}. */
  save(input: {
    path: string;
    text: string;
    baseVersion: string | null;
    overwrite: boolean;
  }): Promise<{ version: string }>;
  /** Changes saved files that are still of the version that the edits were made for. */
  edit(files: { path: string; version: string; edits: TextEdit[] }[]): Promise<EditedFiles>;
  compile(input: { path: string; text: string | null; version: number }): Promise<CompileResult>;
  overlay(changes: OverlayChange[]): Promise<void>;
  diagnostics(files: { path: string; text: string | null; version: number }[]): Promise<Diagnostics>;
  index(): Promise<ProjectIndex>;
  /** Text of the file in the last commit; null when the commit does not have it. */
  committed(path: string): Promise<string | null>;
}

/** The editor's services over the API; `environmentId` is asked each time, because the person may choose another. */
export function makeServices(
  client: ApiClient,
  workspaceId: string,
  environmentId: () => string | null,
): EditorServices {
  const place = () => {
    const chosen = environmentId();
    if (chosen === null) {
      const body: ErrorBody = {
        code: "INVALID_INPUT",
        message: "This project has no environment yet, so nothing can be compiled.",
        hint: "An administrator adds one in the admin console.",
        location: null,
        details: {},
        reference: null,
      };
      throw body;
    }
    return { workspaceId, environmentId: chosen };
  };
  return {
    workspaceId,
    read: (path) => client.files.read.query({ workspaceId, path }),
    save: (input) => client.files.save.mutate({ workspaceId, ...input }),
    edit: (files) => client.files.edit.mutate({ workspaceId, files }),
    compile: async (input) => client.dbt.compile.mutate({ ...place(), ...input, sql: null }),
    async overlay(changes) {
  const assembler = new IndexAssembler();
      await client.dbt.overlay.mutate({ ...place(), changes });
    },
    diagnostics: async (files) => client.lineage.diagnostics.mutate({ ...place(), files }),
    index: () => assembler.index((known) => client.dbt.index.query({ ...place(), known })),
    async committed(path) {
      return scratchpadName(path) === null ? (await client.git.diff.query({ workspaceId, path })).before : null;
    },
  };
}
