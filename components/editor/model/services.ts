import { type ApiClient, pageId } from "@/components/api";
import { scratchpadName } from "@/components/shell";
import type {
  CompileResult,
  Diagnostics,
  EditedFiles,
  ErrorBody,
  FileContent,
  FileTexts,
  FormatResult,
  LintResult,
  NodeColumns,
  OverlayChange,
  ProjectIndex,
  QueryRun,
  TextEdit,
} from "@/server/contract";
import { IndexAssembler } from "./index-parts";

/** What the editor asks of the server. */
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
  /** Saved files that hold one of the words, and those that are named. */
  texts(wanted: { words: string[]; paths: string[] }): Promise<FileTexts>;
  create(input: { path: string; text: string }): Promise<{ version: string }>;
  rename(input: { path: string; newPath: string }): Promise<void>;
  remove(path: string): Promise<void>;
  /** Changes saved files that are still of the version that the edits were made for. */
  edit(files: { path: string; version: string; edits: TextEdit[] }[]): Promise<EditedFiles>;
  compile(input: { path: string; text: string | null; version: number }): Promise<CompileResult>;
  overlay(changes: OverlayChange[]): Promise<void>;
  diagnostics(files: { path: string; text: string | null; version: number }[]): Promise<Diagnostics>;
  /** What the session knows of the columns of some nodes. */
  columns(uniqueIds: string[]): Promise<NodeColumns[]>;
  /** What SQLFluff says of a file, as the project configures it. */
  lint(file: { path: string; text: string | null; version: number }): Promise<LintResult>;
  /** The file as the project's formatter writes it. */
  format(file: { path: string; text: string | null; version: number }): Promise<FormatResult>;
  /** The project index; names alone are given `early` when they are there before. */
  index(early: ((names: ProjectIndex) => void) | null): Promise<ProjectIndex>;
  /** The person's previews in this project, newest first: metadata only. */
  history(): Promise<QueryRun[]>;
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
    return { workspaceId, environmentId: chosen, page: pageId() };
  };
  const assembler = new IndexAssembler();
  return {
    workspaceId,
    async read(path) {
      const name = scratchpadName(path);
      if (name === null) {
        return client.files.read.query({ workspaceId, path });
      }
      return { ...(await client.scratchpads.read.query({ workspaceId, name })), path };
    },
    async save({ path, ...input }) {
      const name = scratchpadName(path);
      return name === null
        ? client.files.save.mutate({ workspaceId, path, ...input })
        : client.scratchpads.save.mutate({ workspaceId, name, ...input });
    },
    texts: (wanted) => client.files.texts.query({ workspaceId, ...wanted }),
    create: (input) => client.files.create.mutate({ workspaceId, kind: "file", ...input }),
    async rename(input) {
      await client.files.rename.mutate({ workspaceId, ...input });
    },
    async remove(path) {
      await client.files.remove.mutate({ workspaceId, path });
    },
    edit: (files) => client.files.edit.mutate({ workspaceId, files }),
    async compile({ path, text, version }) {
      const source = scratchpadName(path) === null ? { path, text, sql: null } : { path: null, text: null, sql: text };
      return client.dbt.compile.mutate({ ...place(), ...source, version });
    },
    async overlay(changes) {
      await client.dbt.overlay.mutate({ ...place(), changes });
    },
    diagnostics: async (files) => client.lineage.diagnostics.mutate({ ...place(), files }),
    columns: async (uniqueIds) => (await client.lineage.columns.query({ ...place(), uniqueIds })).nodes,
    lint: async (file) => client.dbt.lint.mutate({ ...place(), ...file }),
    format: async (file) => client.dbt.format.mutate({ ...place(), ...file }),
    index: (early) => assembler.index((wanted) => client.dbt.index.query({ ...place(), ...wanted }), early),
    history: () => client.preview.history.query({ workspaceId }),
    async committed(path) {
      return scratchpadName(path) === null ? (await client.git.diff.query({ workspaceId, path })).before : null;
    },
  };
}
