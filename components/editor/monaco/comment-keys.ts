import type { editor, IDisposable } from "monaco-editor/editor";
import type { TextChange } from "../language/comments";
import type { languageOf } from "../language/language-of";
import type { Monaco } from "./setup";

type Language = ReturnType<typeof languageOf>;
const known = new Set<string>(["dbt-sql", "dbt-yaml", "dbt-markdown", "python", "json"]);
/** Languages without a mark for both ends of a comment. */
const linesOnly = new Set<string>(["dbt-yaml", "python"]);

/** The keys for comments in every language, Jinja known: of whole lines, and of what is selected. */
export function registerCommentKeys(monaco: Monaco): IDisposable {
  const lines = monaco.editor.addEditorAction({
    id: "millrace.lineComment",
    label: "Toggle line comment",
    keybindings: [monaco.KeyMod.CtrlCmd | monaco.KeyCode.Slash],
    precondition: "!editorReadonly",
    run: (one) => toggleLines(monaco, one),
  });
  const block = monaco.editor.addEditorAction({
    id: "millrace.blockComment",
    label: "Toggle block comment",
    keybindings: [monaco.KeyMod.Shift | monaco.KeyMod.Alt | monaco.KeyCode.KeyA],
    precondition: "!editorReadonly",
    async run(one) {
      const language = one.getModel()?.getLanguageId() ?? "";
      if (language === "dbt-sql") {
        await toggleBlock(monaco, one);
      } else if (linesOnly.has(language)) {
        await toggleLines(monaco, one);
      } else {
        one.trigger("keyboard", "editor.action.blockComment", null);
      }
    },
  });
  return {
    dispose() {
      lines.dispose();
      block.dispose();
    },
  };
}

async function toggleLines(monaco: Monaco, one: editor.ICodeEditor): Promise<void> {
  const { lineCommentChanges } = await import("../language/comments");
  const model = one.getModel();
  const language = model?.getLanguageId() ?? "";
  if (!model || !known.has(language)) {
    return;
  }
  const text = model.getValue();
  const changes = offsetsOf(one, model).flatMap((selection) =>
    lineCommentChanges(text, selection, language as Language),
  );
  // Two cursors in one line mean one comment.
  const distinct = new Map(changes.map((change) => [`${change.start} ${change.end}`, change]));
  apply(monaco, one, { model, changes: [...distinct.values()] });
}

async function toggleBlock(monaco: Monaco, one: editor.ICodeEditor): Promise<void> {
  const { blockCommentChange } = await import("../language/comments");
  const model = one.getModel();
  if (!model) {
    return;
  }
  const text = model.getValue();
  const found = offsetsOf(one, model)
    .sort((left, right) => left.start - right.start)
    .map((selection) => blockCommentChange(text, selection));
  const changes = found.filter((change, index) => index === 0 || change.start >= (found[index - 1]?.end ?? 0));
  apply(monaco, one, { model, changes });
  let moved = 0;
  const selections = changes.map((change) => {
    const { start, end } = change.selection;
    const [from, to] = [start + moved, end + moved];
    moved += change.text.length - (change.end - change.start);
    return monaco.Selection.fromPositions(model.getPositionAt(from), model.getPositionAt(to));
  });
  one.setSelections(selections);
}

/** The selections as offsets of the text. */
function offsetsOf(one: editor.ICodeEditor, model: editor.ITextModel): { start: number; end: number }[] {
  return (one.getSelections() ?? []).map((selection) => ({
    start: model.getOffsetAt(selection.getStartPosition()),
    end: model.getOffsetAt(selection.getEndPosition()),
  }));
}

/** The changes as one step to undo. */
function apply(
  monaco: Monaco,
  one: editor.ICodeEditor,
  { model, changes }: { model: editor.ITextModel; changes: readonly TextChange[] },
): void {
  const edits = changes.map(({ start, end, text }) => ({
    range: monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(end)),
    text,
  }));
  one.pushUndoStop();
  one.executeEdits("millrace", edits);
  one.pushUndoStop();
}
