import type { z } from "zod";
import type { FileTexts, fileTextsInput } from "../contract/files";
import { type Actor, AppError } from "../core";
import { workspaceForActor } from "../projects";
import { scan } from "../search";
import { readContent } from "./contents";
import { realPath } from "./real-path";

/** Files that can name things of a dbt project. */
const include = "*.sql,*.yml,*.yaml,*.md,*.py";
/** What one answer may hold, in characters. */
const mostText = 50_000_000;
const atOnce = 16;

/**
 * The saved texts of the files that hold one of the words (of the project itself, not of its packages), and of those named by path. A
 * path that is no text file is left out. Throws FORBIDDEN, NOT_FOUND, CANCELLED.
 */
export async function texts(
  actor: Actor,
  input: z.output<typeof fileTextsInput>,
  signal: AbortSignal = new AbortController().signal,
): Promise<FileTexts> {
  const workspace = await workspaceForActor(actor, input.workspaceId);
  const paths = new Set(input.paths);
  let limited = false;
  if (input.words.length > 0) {
    const text = input.words.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");
    const query = {
      ...{ text, regex: true, caseSensitive: true, wholeWord: false, include, exclude: "" },
      ...{ packages: false, replacement: null },
    };
    const found = (files: { path: string }[]) => {
      for (const { path } of files) paths.add(path);
    };
    limited = (await scan({ root: workspace.projectRoot, query, unsaved: [] }, found, { signal })).limited;
  }
  const files: FileTexts["files"] = [];
  let size = 0;
  const waiting = [...paths].sort();
  while (waiting.length > 0) {
    if (size > mostText) return { files, limited: true };
    const read = await Promise.all(waiting.splice(0, atOnce).map((path) => readText(workspace.projectRoot, path)));
    for (const file of read) {
      if (file === null) continue;
      files.push(file);
      size += file.text.length;
    }
  }
  return { files, limited };
}

async function readText(root: string, path: string): Promise<FileTexts["files"][number] | null> {
  try {
    const { text, version } = await readContent(await realPath(root, path), path);
    return text === null ? null : { path, text, version };
  } catch (error) {
    // It went away since it was found, or it is a folder or a link.
    if (error instanceof AppError && (error.code === "NOT_FOUND" || error.code === "INVALID_INPUT")) return null;
    throw error;
  }
}
