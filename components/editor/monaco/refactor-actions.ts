import type { editor, IDisposable } from "monaco-editor/editor";
import type { RefactoringKind } from "../model/editor-port";
import type { LanguagePort } from "./language-host";
import { LensRows } from "./lens-rows";
import type { Monaco } from "./setup";

/** Refactorings in the menu of the text editor. Their keys are in the key map. */
const entries: readonly { kind: RefactoringKind; label: string; when: string }[] = [
  { kind: "rename", label: "Rename…", when: "!editorReadonly" },
  { kind: "extractCte", label: "Extract selection to a CTE…", when: "!editorReadonly && editorHasSelection" },
  { kind: "extractModel", label: "Extract to a model…", when: "!editorReadonly && editorLangId == dbt-sql" },
  {
    kind: "useRefs",
    label: "Replace table names by ref and source…",
    when: "!editorReadonly && editorLangId == dbt-sql",
  },
];

/** The refactorings in the editor's own menu, and above each source table that no staging model reads the way to make one. */
export function registerRefactorActions(
  monaco: Monaco,
  port: LanguagePort,
  isOurs: (model: editor.ITextModel) => boolean,
): IDisposable[] {
  return [
    ...entries.map(({ kind, label, when }, index) =>
      monaco.editor.addEditorAction({
        id: `millrace.${kind}`,
        label,
        precondition: when,
        contextMenuGroupId: "1_millrace",
        contextMenuOrder: index,
        run: () => port.refactor(kind),
      }),
    ),
    LensRows.of(monaco).register({
      language: "dbt-yaml",
      async lensesOf(model) {
        const { mentionsIn } = await import("../language/mentions");
        if (!isOurs(model) || model.isDisposed()) {
          return [];
        }
        const path = model.uri.path.slice(1);
        return mentionsIn("dbt-yaml", model.getValue()).flatMap((mention) =>
          mention.kind === "table" && mention.defines && !port.isStaged(mention.sourceName, mention.name)
            ? {
                line: model.getPositionAt(mention.start).lineNumber,
                title: "$(new-file) Create staging model",
                tooltip: `Create a model that selects from ${mention.name}`,
                run: () => port.refactor("stagingModel", { path, start: mention.start, end: mention.start }),
              }
            : [],
        );
      },
    }),
  ];
}
