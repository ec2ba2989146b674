import type { editor, IDisposable } from "monaco-editor/editor";
import { blockOfTag } from "../language/jinja-blocks";
import type { Monaco } from "./setup";

const languageIds = new Set(["dbt-sql", "dbt-yaml", "dbt-markdown"]);

/** Highlights the tags of the Jinja block whose tag the cursor is on, in every editor of the page, and adds the way to jump between them. */
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
    watched.push(one.onDidChangeCursorPosition(follow), one.onDidChangeModel(follow));
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
