/**
 * What of the contract needs no schema. The browser takes it from here: schemas and their library are a large script, which the page
 * loads when it first needs one.
 */
import type { TextEdit } from "./files";
import type { PreviewWhat } from "./previews";

/** How many rows a preview asks for unless the person asks for more. */
export const defaultPreviewRows = 500;

/** What is shown or measured, without the measure. */
export function previewedOf(what: PreviewWhat | null): Exclude<PreviewWhat, { of: unknown }> {
  if (what === null) return { kind: "statement" };
  return "of" in what ? what.of : what;
}

export const branchNamePattern =
  /^(?!\/)(?!.*(\.\.|\/\/|@\{|\\|[\s~^:?*[\x00-\x1f]))[^-].*(?<!\/|\.lock|\.)$|^[A-Za-z0-9_]$/;
export const longestBranchName = 250;

/** The text with the edits made, and the edits that lead back. Null when they overlap or lie outside of it. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): { text: string; undo: TextEdit[] } | null {
  const undo: TextEdit[] = [];
  let result = "";
  let at = 0;
  for (const edit of edits) {
    if (edit.start < at || edit.end < edit.start || edit.end > text.length) return null;
    result += text.slice(at, edit.start);
    undo.push({ start: result.length, end: result.length + edit.text.length, text: text.slice(edit.start, edit.end) });
    result += edit.text;
    at = edit.end;
  }
  return { text: result + text.slice(at), undo };
}
