import type { ApiClient } from "@/components/api";
import type { CompileResult, FileContent, OverlayChange, ProjectIndex } from "@/server/contract";

/** What the editor asks of the server. */
export interface EditorServices {
  readonly workspaceId: string;
  read(path: string): Promise<FileContent>;
  /** Resolves to the new version; a CONFLICT error carries details {version, text}. */
  save(input: { path: string; text: string; baseVersion: string | null; overwrite: boolean }): Promise<{ version: string }>;
  compile(input: { path: string; text: string | null; version: number }): Promise<CompileResult>;
  overlay(changes: OverlayChange[]): Promise<void>;
  index(): Promise<ProjectIndex>;
  /** Text of the file in the last commit; null when the commit does not have it. */
  committed(path: string): Promise<string | null>;
}

/** The editor's services over the API; `environmentId` is asked each time, because the person may choose another. */
export function makeServices(client: ApiClient, workspaceId: string, environmentId: () => string): EditorServices {
  const place = () => ({ workspaceId, environmentId: environmentId() });
  return {
    workspaceId,
    read: (path) => client.files.read.query({ workspaceId, path }),
    save: (input) => client.files.save.mutate({ workspaceId, ...input }),
    compile: (input) => client.dbt.compile.mutate({ ...place(), ...input, sql: null }),
    async overlay(changes) {
      await client.dbt.overlay.mutate({ ...place(), changes });
    },
    index: () => client.dbt.index.query(place()),
    committed: async (path) => (await client.git.diff.query({ workspaceId, path })).before,
  };
}
