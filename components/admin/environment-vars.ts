import { parse, stringify } from "yaml";

/** What the field of an environment's dbt variables says: their values, or what keeps it from being a mapping of them. */
export type ReadVars =
  | { readonly values: Record<string, unknown>; readonly problem: null }
  | { readonly values: null; readonly problem: string };

/** Reads YAML or JSON as dbt reads `--vars` (YAML 1.1), but that a date stays text: JSON has none. */
export function readVars(text: string): ReadVars {
  let found: unknown;
  try {
    found = parse(text, { version: "1.1", customTags: (tags) => tags.filter((tag) => !isTimestamp(tag)) }) ?? {};
  } catch (error) {
    return { values: null, problem: `This is not YAML: ${(error as Error).message.split("\n")[0]}` };
  }
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    return { values: null, problem: 'Write names and values, one a line, as in "days: 7".' };
  }
  const odd = oddValue(found);
  return odd === null
    ? { values: found as Record<string, unknown>, problem: null }
    : {
        values: null,
        problem: `The value of ${odd} cannot be given to dbt: use text, numbers, true, false, null, lists and mappings.`,
      };
}

/** How variables stand in the field. */
export function writeVars(vars: Readonly<Record<string, unknown>>): string {
  return Object.keys(vars).length === 0 ? "" : stringify(vars, { version: "1.1" });
}

function isTimestamp(tag: unknown): boolean {
  return (
    tag === "timestamp" || (typeof tag === "object" && (tag as { tag?: string }).tag === "tag:yaml.org,2002:timestamp")
  );
}

/** The path of the first value that JSON cannot carry; null when there is none. */
function oddValue(value: unknown, path = ""): string | null {
  if (typeof value === "number") return Number.isFinite(value) ? null : path;
  if (value === null || typeof value === "string" || typeof value === "boolean") return null;
  if (typeof value !== "object" || ![Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value)))
    return path;
  for (const [name, inner] of Object.entries(value)) {
    const odd = oddValue(inner, path === "" ? name : `${path}.${name}`);
    if (odd !== null) return odd;
  }
  return null;
}
