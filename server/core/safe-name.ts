/** Characters that HFS+ ignores when it compares names (git's CVE-2014-9390). */
const ignoredByFileSystems = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Whether one part of a path may exist in a workspace: not empty, `.` or `..`, no separator, NUL or undecodable byte, and nothing
 * that any file system could take for `.git` (other case, 8.3 name, ignorable characters, trailing dots, alternate streams).
 */
export function isSafeName(name: string): boolean {
  if (name === "" || name === "." || name === ".." || /[/\\\0\ufffd]/.test(name)) return false;
  const folded = name.normalize("NFKC").replace(ignoredByFileSystems, "").toLowerCase();
  const bare = (folded.split(":")[0] ?? "").replace(/[. ]+$/, "");
  return bare !== ".git" && !/^git~\d+$/.test(bare) && bare !== "";
}
