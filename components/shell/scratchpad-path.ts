/** Tabs and buffers know a scratchpad by a path that no file of a project can have. */
const prefix = "scratchpads:/";
const extension = ".sql";

/** The path of a scratchpad's tab. */
export function scratchpadPath(name: string): string {
  return `${prefix}${name}${extension}`;
}

/** The name of the scratchpad that a path means; null for a file of the project. */
export function scratchpadName(path: string): string | null {
  return path.startsWith(prefix) && path.endsWith(extension) ? path.slice(prefix.length, -extension.length) : null;
}
