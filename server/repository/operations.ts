import type { RemoteRules } from "./remote-address";

/** Says how far an operation is. `total` is null when it is not known. */
export type Progress = (phase: string, loaded: number, total: number | null) => void;

/** A remote repository, as an operation needs it. The token goes to the worker thread by message and nowhere else. */
export interface RemoteInput {
  readonly url: string;
  readonly token: string | null;
  readonly rules: RemoteRules;
  /** Bytes to receive in one operation. */
  readonly maxBytes: number;
}

/** Caps of a checkout. */
export interface CheckoutLimits {
  readonly files: number;
  readonly bytes: number;
  readonly fileBytes: number;
  readonly depth: number;
}
export const checkoutLimits: CheckoutLimits = {
  files: 50_000,
  bytes: 2_000_000_000,
  fileBytes: 200_000_000,
  depth: 50,
};

/** Absolute folder of a working tree (with `.git` in it), and the dbt project's folder inside it ("" for the root). */
export interface TreePlace {
  readonly root: string;
  readonly subfolder: string;
}
/** The mirror that a working tree fetches through. */
interface MirrorPlace {
  readonly mirror: string;
  readonly remote: RemoteInput;
}
export interface Change {
  readonly path: string;
  readonly kind: "added" | "modified" | "deleted";
}
export interface StatusResult {
  readonly branch: string | null;
  readonly head: string | null;
  readonly ahead: number | null;
  readonly behind: number | null;
  readonly changes: Change[];
}
/** What an operation did to the working tree; paths are relative to the dbt project. */
export interface Moved {
  readonly head: string;
  readonly paths: string[];
}

/** A clone works in a folder beside its target, named `<target>.cloning-<process>`; what is cut off can be removed by that name. */
export const leftover = ".cloning-";

/** Every operation of the worker threads: what goes in and what comes out. */
export interface Operations {
  listRemote: { input: { remote: RemoteInput }; output: { branches: string[] } };
  clone: { input: MirrorPlace & TreePlace & { branch: string; limits: CheckoutLimits }; output: { head: string } };
  pull: { input: MirrorPlace & TreePlace & { limits: CheckoutLimits }; output: Moved };
  push: { input: TreePlace & { remote: RemoteInput }; output: { branch: string; head: string } };
  status: { input: TreePlace; output: StatusResult };
  committedText: { input: TreePlace & { paths: string[] | null }; output: { path: string; text: string | null }[] };
  diff: { input: TreePlace & { path: string }; output: { before: string | null; after: string | null } };
  commit: {
    input: TreePlace & { message: string; paths: string[]; author: { name: string; email: string } };
    output: { head: string };
  };
  branches: { input: TreePlace; output: { current: string | null; local: string[]; remote: string[] } };
  createBranch: { input: TreePlace & { name: string }; output: { head: string } };
  switchBranch: { input: TreePlace & { name: string; limits: CheckoutLimits }; output: Moved };
  discard: { input: TreePlace & { paths: string[] }; output: { paths: string[] } };
  history: { input: TreePlace & { most: number }; output: { commits: string[] } };
  listTree: {
    input: { root: string };
    output: { entries: { path: string; kind: "file" | "folder"; size: number }[]; truncated: boolean };
  };
}
export type OperationName = keyof Operations;

/** What the threads and the web process say to each other. */
export interface WorkerCall<Name extends OperationName = OperationName> {
  readonly id: number;
  readonly operation: Name;
  readonly input: Operations[Name]["input"];
}
export type WorkerReply =
  | { id: number; type: "progress"; phase: string; loaded: number; total: number | null }
  | { id: number; type: "done"; output: unknown }
  | { id: number; type: "failed"; error: import("../contract/errors").ErrorBody; cause: string | null };
