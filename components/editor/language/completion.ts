import { completeJinja } from "./complete-jinja";
import { completeSql } from "./complete-sql";
import { completeYaml } from "./complete-yaml";
import type { CompletionEntry, CompletionList, CompletionRequest } from "./completion-entry";
import { type CompletionContext, contextAt } from "./context";
import { snippetsFor } from "./snippets";

/** What may stand at a position, best first. */
export function completionsAt(request: CompletionRequest): CompletionList {
  const context = contextAt(request.text, request.offset, request.language);
  const found = entriesFor(request, context);
  const typed = "typed" in context ? context.typed : "";
  const snippets = typed.startsWith("__") ? snippetsFor(request.language, context.kind, typed) : [];
  return { entries: [...unique(found.entries), ...snippets], more: found.more };
}

function entriesFor(request: CompletionRequest, context: CompletionContext): CompletionList {
  switch (context.kind) {
    case "none":
    case "markdown":
      return { entries: [], more: false };
    case "column":
    case "relation":
    case "sql":
      return completeSql(request, context);
    case "yaml":
      return completeYaml(request, context.typed);
    default:
      return completeJinja(request, context);
  }
}

function unique(entries: readonly CompletionEntry[]): CompletionEntry[] {
  const byLabel = new Map<string, CompletionEntry>();
  for (const item of entries) {
    const key = `${item.label} ${item.insert}`;
    if (!byLabel.has(key)) {
      byLabel.set(key, item);
    }
  }
  return [...byLabel.values()];
}
