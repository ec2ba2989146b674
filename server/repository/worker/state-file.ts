import { join } from "node:path";
import { z } from "zod";
import { readOrNull, replaceFile } from "./file-system";

/** What Millrace notes in a repository's git folder: the commit that the index mirrors, and the index that it wrote. */
const stateSchema = z.object({ head: z.string().nullable(), index: z.string() });
type State = z.infer<typeof stateSchema>;

export function readState(gitdir: string): State | null {
  return readJson(join(gitdir, "millrace-state.json"), stateSchema);
}

export function writeState(gitdir: string, state: State): void {
  const path = join(gitdir, "millrace-state.json");
  replaceFile(path, JSON.stringify(state), { mode: 0o600, temporary: `${path}.new` });
}

/** Reads a small JSON file of ours. Null when it is missing or not what we wrote. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T | null {
  const bytes = readOrNull(path);
  if (bytes === null) return null;
  try {
    return schema.parse(JSON.parse(bytes.toString("utf8")));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
