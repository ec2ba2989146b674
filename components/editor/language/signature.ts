import { callsIn } from "./jinja-calls";
import { jinjaPieces, pieceAround } from "./jinja-pieces";
import type { ProjectLookup } from "./project-lookup";
import { sqlFunctions } from "./sql-functions";

/** The call that is being written: its parameters, and which of them the cursor is at. */
export interface Signature {
  readonly label: string;
  readonly documentation: string;
  readonly parameters: readonly { readonly label: string; readonly documentation: string }[];
  readonly active: number;
}

const dbtSignatures: Record<string, readonly [string, string][]> = {
  ref: [
    ["package_or_model", "the model, or the package that it is in"],
    ["model", "the model, when the package is named"],
    ["v", "its version"],
  ],
  source: [
    ["source_name", "the source, as the YAML names it"],
    ["table_name", "its table"],
  ],
  var: [
    ["name", "the variable"],
    ["default", "its value when nothing sets it"],
  ],
  env_var: [
    ["name", "the environment variable"],
    ["default", "its value when it is not set"],
  ],
  doc: [["name", "the docs block"]],
  log: [
    ["message", "what to log"],
    ["info", "whether it is printed too"],
  ],
  run_query: [["sql", "the statement to run"]],
  return: [["value", "what the macro gives back"]],
};

/** The signature of the innermost call around `offset`: a macro, one of dbt's functions, or a function of the SQL dialect. */
export function signatureAt(lookup: ProjectLookup, text: string, offset: number): Signature | null {
  const piece = pieceAround(jinjaPieces(text), offset);
  const from = piece ? piece.codeStart : Math.max(0, offset - 2000);
  if (piece && (piece.kind === "comment" || piece.kind === "raw" || offset < piece.codeStart)) {
    return null;
  }
  const call = callsIn(text, from, offset)
    .filter((candidate) => !candidate.closed && candidate.end === offset)
    .at(-1);
  if (!call) {
    return null;
  }
  const written = text.slice(call.argumentsStart, offset);
  const keyword = call.arguments.at(-1)?.keyword ?? null;
  const position = commas(written);
  if (!piece) {
    const known = sqlFunctions(lookup.index.adapter).find(({ name }) => name === call.name.toLowerCase());
    const parameters = known?.arguments.split(/,\s*/).filter(Boolean) ?? [];
    return known
      ? {
          label: `${known.name}(${known.arguments})`,
          documentation: known.about,
          parameters: parameters.map((label) => ({ label, documentation: "" })),
          active: Math.min(position, Math.max(0, parameters.length - 1)),
        }
      : null;
  }
  const own = call.packageName === null ? dbtSignatures[call.name] : undefined;
  const macro = own ? null : lookup.macro(call.name, call.packageName);
  const parameters = own
    ? own.map(([label, documentation]) => ({ name: label, label, documentation }))
    : (macro?.parameters ?? []).map(({ name, default: otherwise, type, description }) => ({
        name,
        label: otherwise === null ? name : `${name}=${otherwise}`,
        documentation: [type, description].filter(Boolean).join(" · "),
      }));
  if (!own && !macro) {
    return null;
  }
  const named = keyword === null ? -1 : parameters.findIndex(({ name }) => name === keyword);
  return {
    label: `${call.packageName === null ? "" : `${call.packageName}.`}${call.name}(${parameters.map(({ label }) => label).join(", ")})`,
    documentation: macro?.description ?? "",
    parameters: parameters.map(({ label, documentation }) => ({ label, documentation })),
    active: named >= 0 ? named : Math.min(position, Math.max(0, parameters.length - 1)),
  };
}

/** How many arguments are finished before the end of what is written. */
function commas(written: string): number {
  let depth = 0;
  let count = 0;
  for (const [piece] of written.matchAll(/'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?|[([{]|[)\]}]|,/g)) {
    depth += /^[([{]$/.test(piece) ? 1 : /^[)\]}]$/.test(piece) ? -1 : 0;
    count += piece === "," && depth === 0 ? 1 : 0;
  }
  return count;
}
