import type { editor, IDisposable } from "monaco-editor/editor";
import { blockOfTag } from "../language/jinja-blocks";
import type { Monaco } from "./setup";

const languageIds = new Set(["dbt-sql", "dbt-yaml", "dbt-markdown"]);

/**
 * Highlights the tags of the Jinja block whose tag the cursor is on, in every editor of the page, adds the way to jump between them,
 * and puts a closing tag that was just typed below the one that opens its block.
 */
export function registerBlockMatching(monaco: Monaco): IDisposable {
  const watched: IDisposable[] = [];
  const created = monaco.editor.onDidCreateEditor((one) => {
    if (!("createDecorationsCollection" in one)) {
      return;
    }
    const shown = one.createDecorationsCollection();
    const follow = () => {
      const model = one.getModel();
      const position = one.getPosition();
      const here = model && position && languageIds.has(model.getLanguageId()) ? model : null;
      // Most lines have no tag, and then nothing is looked for.
      if (!here || !position || !/\{%|%\}/.test(here.getLineContent(position.lineNumber))) {
        shown.clear();
        return;
      }
      const block = blockOfTag(here.getValue(), here.getOffsetAt(position));
      shown.set(
        (block?.tags ?? []).map(({ start, end }) => ({
          range: monaco.Range.fromPositions(here.getPositionAt(start), here.getPositionAt(end)),
          options: { className: "bracket-match", stickiness: 1 },
        })),
      );
    };
    const align = (event: editor.IModelContentChangedEvent) => {
      const [change] = event.changes;
      const isTyped = event.changes.length === 1 && !event.isFlush && !event.isUndoing && !event.isRedoing;
      // The brace may be there already, put by the editor.
      if (isTyped && (change?.text === "%" || change?.text === "}")) {
        // A change of the text is told while it is made; the next may follow when it is done.
        queueMicrotask(() => alignTag(monaco, one));
      }
    };
    watched.push(
      one.onDidChangeCursorPosition(follow),
      one.onDidChangeModel(follow),
      one.onDidChangeModelContent(align),
    );
  });
  const jump = monaco.editor.addEditorAction({
    id: "millrace.jumpToTag",
    label: "Go to matching bracket or tag",
    keybindings: [monaco.KeyMod.CtrlCmd | monaco.KeyMod.Shift | monaco.KeyCode.Backslash],
    run: (one) => jumpToTag(one),
  });
  return {
    dispose() {
      created.dispose();
      jump.dispose();
      for (const watch of watched) {
        watch.dispose();
      }
    },
  };
}

const closingTagOnly = /^(\s*)\{%[-+]?\s*(?:end\w*|else|elif\b.*?)\s*[-+]?%\}\s*$/;

/** Indents a line that is nothing but a closing or middle tag like the line that opens its block. */
function alignTag(monaco: Monaco, one: editor.ICodeEditor): void {
  const model = one.getModel();
  const line = one.getPosition()?.lineNumber;
  if (!model || line === undefined || !one.hasTextFocus() || !languageIds.has(model.getLanguageId())) {
    return;
  }
  const written = closingTagOnly.exec(model.getLineContent(line))?.[1];
  if (written === undefined) {
    return;
  }
  const column = written.length + 1;
  const first = blockOfTag(model.getValue(), model.getOffsetAt({ lineNumber: line, column }))?.tags[0];
  const opening = first ? model.getPositionAt(first.start).lineNumber : line;
  const indent = /^\s*/.exec(model.getLineContent(opening))?.[0] ?? "";
  if (opening < line && indent !== written) {
    one.executeEdits("millrace", [{ range: new monaco.Range(line, 1, line, column), text: indent }]);
  }
}

function jumpToTag(one: editor.ICodeEditor): void {
  const model = one.getModel();
  const position = one.getPosition();
  if (!model || !position) {
    return;
  }
  const offset = model.getOffsetAt(position);
  const tags = blockOfTag(model.getValue(), offset)?.tags ?? [];
  const at = tags.findIndex(({ start, end }) => start <= offset && offset <= end);
  const next = tags[(at + 1) % tags.length];
  if (next) {
    one.setPosition(model.getPositionAt(next.start));
    one.revealPositionInCenterIfOutsideViewport(model.getPositionAt(next.start));
  } else {
    one.trigger("keyboard", "editor.action.jumpToBracket", null);
  }
}
