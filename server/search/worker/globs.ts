/**
 * Whether a path (with `/`) fits one of the globs of a comma-separated list. `*` and `?` stay within a name, `**` crosses folders,
 * `{a,b}` is a choice and `[a-z]` a class. A glob without a slash fits a name anywhere; one that fits a folder fits what is in it.
 * @returns null when the list is empty
 */
export function globMatcher(list: string): ((path: string) => boolean) | null {
  const globs = splitList(list)
    .map((glob) =>
      glob
        .trim()
        .replace(/^\.?\/+/, "")
        .replace(/\/+$/, ""),
    )
    .filter((glob) => glob !== "");
  if (globs.length === 0) return null;
  const expressions = globs.map(
    (glob) => new RegExp(`^${glob.includes("/") ? "" : "(?:.*/)?"}${body(glob)}(?:/.*)?$`, "iu"),
  );
  return (path) => expressions.some((expression) => expression.test(path));
}

/** Commas inside braces belong to the glob. */
function splitList(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const character of list) {
    if (character === "{") depth++;
    if (character === "}") depth = Math.max(0, depth - 1);
    if (character === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part];
}

function body(glob: string): string {
  let expression = "";
  let braces = 0;
  for (let index = 0; index < glob.length; index++) {
    const rest = glob.slice(index);
    const character = rest.charAt(0);
    const characters = /^\[(!?)([^\]/\\]+)\]/.exec(rest);
    if (rest.startsWith("**/")) {
      expression += "(?:[^/]*/)*";
      index += 2;
    } else if (rest.startsWith("**")) {
      expression += ".*";
      index += 1;
    } else if (character === "*") expression += "[^/]*";
    else if (character === "?") expression += "[^/]";
    else if (characters) {
      expression += `[${characters[1] ? "^" : ""}${(characters[2] ?? "").replace(/[\^[\]]/g, "\\$&")}]`;
      index += characters[0].length - 1;
    } else if (character === "{" && rest.includes("}")) {
      expression += "(?:";
      braces++;
    } else if (character === "}" && braces > 0) {
      expression += ")";
      braces--;
    } else if (character === "," && braces > 0) expression += "|";
    else expression += character.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  }
  return expression + ")".repeat(braces);
}
