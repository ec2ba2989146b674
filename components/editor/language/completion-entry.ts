import type { languageOf } from "./language-of";
import type { NodeColumns } from "./node-columns";
import type { ProjectLookup } from "./project-lookup";
import type { KnownNames } from "./project-names";

export interface CompletionEntry {
  label: string;
  kind: "model" | "source" | "macro" | "variable" | "doc" | "column" | "keyword" | "function" | "snippet" | "key";
  /** Shown beside the label: type, package or materialization. */
  detail: string;
  documentation: string;
  /** Text to insert; a snippet when `snippet` is set. */
  insert: string;
  snippet: boolean;
  /** Length of the text before the position that it replaces. */
  replace: number;
  /** The list opens again after it was inserted, for what comes next. */
  goesOn: boolean;
}
export interface CompletionRequest {
  readonly lookup: ProjectLookup;
  readonly text: string;
  readonly offset: number;
  readonly language: ReturnType<typeof languageOf>;
  readonly path: string;
  readonly columns: NodeColumns;
  readonly names: KnownNames;
  /** How much this person uses a thing: higher is more. */
  readonly usage: (kind: string, name: string) => number;
}
export interface CompletionList {
  /** Best first. */
  readonly entries: readonly CompletionEntry[];
  /** Some were left out: ask again when more is typed. */
  readonly more: boolean;
}

/** Of each kind at most as many are offered; typing on finds the others. */
export const mostOffered = 120;

export function entry(
  kind: CompletionEntry["kind"],
  label: string,
  typed: string,
  rest: Partial<CompletionEntry> = {},
): CompletionEntry {
  return {
    kind,
    label,
    detail: "",
    documentation: "",
    insert: label,
    snippet: false,
    goesOn: false,
    replace: typed.length,
    ...rest,
  };
}

/** Those that fit what is typed, the more used first. For short lists; long ones come from a `NameIndex`. */
export function fitting(
  entries: readonly CompletionEntry[],
  typed: string,
  usage: CompletionRequest["usage"],
): CompletionEntry[] {
  const wanted = typed.toLowerCase();
  return entries
    .filter(({ label }) => holdsInOrder(label.toLowerCase(), wanted))
    .map((item, index) => ({ item, index, uses: usage(item.kind, item.label) }))
    .sort((left, right) => right.uses - left.uses || left.index - right.index)
    .map(({ item }) => item);
}

function holdsInOrder(text: string, wanted: string): boolean {
  let at = 0;
  for (const character of wanted) {
    at = text.indexOf(character, at) + 1;
    if (at === 0) {
      return false;
    }
  }
  return true;
}
