import { z } from "zod";
import { branchName } from "./projects";

/** A path relative to the dbt project's root, with forward slashes. The file service resolves and checks it again. */
export const filePathSchema = z
  .string()
  .min(1)
  .max(1000)
  .refine(
    (path) =>
      !path.startsWith("/") &&
      !/[\\\0]/.test(path) &&
      path.split("/").every((part) => part !== "" && part !== "." && part !== ".."),
    "This is not a path inside the project.",
  );

export const treeEntrySchema = z.object({ path: z.string(), kind: z.enum(["file", "folder"]), size: z.number() });
export type TreeEntry = z.infer<typeof treeEntrySchema>;

/** `version` is the SHA-256 of the bytes on disk, in hex. `text` is null for a binary file or one over 5 MB. */
export const fileContentSchema = z.object({
  path: z.string(),
  text: z.string().nullable(),
  version: z.string(),
  size: z.number(),
  reason: z.enum(["binary", "too-large"]).nullable(),
});
export type FileContent = z.infer<typeof fileContentSchema>;

/** Files that hold one of the words, and those named by their path. */
export const fileTextsInput = z.object({
  workspaceId: z.string(),
  words: z.array(z.string().min(1).max(500)).max(50).default([]),
  paths: z.array(filePathSchema).max(5_000).default([]),
});
/** `limited`: there are more than were looked for. */
export const fileTextsSchema = z.object({
  files: z.array(z.object({ path: z.string(), text: z.string(), version: z.string() })),
  limited: z.boolean(),
});
export type FileTexts = z.infer<typeof fileTextsSchema>;

const at = z.object({ workspaceId: z.string(), path: filePathSchema });
export const readFileInput = at;
/** `baseVersion` is the version that the person edited (null: the file must not exist). A CONFLICT error carries details {version, text}. */
export const saveFileInput = at.extend({
  text: z.string().max(5_000_000),
  baseVersion: z.string().nullable(),
  overwrite: z.boolean().default(false),
});
/** What a file is after it was written. */
export const savedFileSchema = z.object({ path: z.string(), version: z.string(), size: z.number() });
export type SavedFile = z.infer<typeof savedFileSchema>;
/** A stretch of a text that becomes another. Offsets are UTF-16. */
export const textEditSchema = z.object({
  start: z.number().int().min(0),
  end: z.number().int().min(0),
  text: z.string().max(5_000_000),
});
export type TextEdit = z.infer<typeof textEditSchema>;
/** Changes of several saved files, in the order of their texts; `version` is what they were made for. */
export const editFilesInput = z.object({
  workspaceId: z.string(),
  files: z
    .array(z.object({ path: filePathSchema, version: z.string(), edits: z.array(textEditSchema).min(1).max(100_000) }))
    .min(1)
    .max(10_000),
});
/** `undo` leads back from the new version. `refused`: files that were left as they are, and why. */
export const editedFilesSchema = z.object({
  edited: z.array(z.object({ path: z.string(), version: z.string(), undo: z.array(textEditSchema) })),
  refused: z.array(z.object({ path: z.string(), message: z.string() })),
});
export type EditedFiles = z.infer<typeof editedFilesSchema>;

export const createEntryInput = at.extend({
  kind: z.enum(["file", "folder"]),
  text: z.string().max(5_000_000).default(""),
});
export const renameEntryInput = at.extend({ newPath: filePathSchema });
export const duplicateEntryInput = at.extend({ newPath: filePathSchema });
export const removeEntryInput = at;

/** A scratchpad's name: what a file's name may be, without its extension. */
const scratchpadName = z
  .string()
  .trim()
  .min(1, "Give it a name.")
  .max(100)
  .regex(/^[^/\\\u0000-\u001f.][^/\\\u0000-\u001f]*$/, "A name has no slashes and does not begin with a dot.");
const scratchpadAt = z.object({ workspaceId: z.string(), name: scratchpadName });
export const readScratchpadInput = scratchpadAt;
export const saveScratchpadInput = scratchpadAt.extend({
  text: z.string().max(5_000_000),
  baseVersion: z.string().nullable(),
  overwrite: z.boolean().default(false),
});
export const renameScratchpadInput = scratchpadAt.extend({ newName: scratchpadName });
export const scratchpadSchema = z.object({ name: z.string(), size: z.number(), changedAt: z.iso.datetime() });
export type Scratchpad = z.infer<typeof scratchpadSchema>;

export const changeKinds = ["added", "modified", "deleted"] as const;
export const gitStatusSchema = z.object({
  branch: z.string().nullable(),
  head: z.string().nullable(),
  /** Commits that the remote branch lacks / that we lack; null when there is no remote branch yet. */
  ahead: z.number().nullable(),
  behind: z.number().nullable(),
  changes: z.array(z.object({ path: z.string(), kind: z.enum(changeKinds) })),
});
export type GitStatus = z.infer<typeof gitStatusSchema>;

/** Paths of Git operations are relative to the repository's dbt subfolder, like every other path. */
export const gitDiffInput = at;
export const gitDiffSchema = z.object({
  path: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export const gitCommitInput = z.object({
  workspaceId: z.string(),
  message: z.string().trim().min(1, "Write a commit message.").max(10_000),
  paths: z.array(filePathSchema).min(1, "Choose at least one change.").max(10_000),
});
export const gitBranchInput = z.object({ workspaceId: z.string(), name: branchName });
export const gitDiscardInput = z.object({ workspaceId: z.string(), paths: z.array(filePathSchema).min(1).max(10_000) });
export const gitBranchesSchema = z.object({
  current: z.string().nullable(),
  local: z.array(z.string()),
  remote: z.array(z.string()),
});
