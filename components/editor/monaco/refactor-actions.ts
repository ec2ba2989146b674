import type { editor, IDisposable } from "monaco-editor/editor";
import type { RefactoringKind } from "../model/editor-port";
import type { LanguagePort } from "./language-host";
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

const createStaging = "millrace.createStagingModel";

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
    monaco.editor.registerCommand(createStaging, (_accessor, path: string, offset: number) =>
      port.refactor("stagingModel", { path, start: offset, end: offset }),
    ),
    monaco.languages.registerCodeLensProvider("dbt-yaml", {
      async provideCodeLenses(model) {
        const { mentionsIn } = await import("../language/mentions");
        const path = model.uri.path.slice(1);
        const tables =
          isOurs(model) && !model.isDisposed()
            ? mentionsIn("dbt-yaml", model.getValue()).flatMap((mention) =>
                mention.kind === "table" && mention.defines && !port.isStaged(mention.sourceName, mention.name)
                  ? mention
                  : [],
              )
            : [];
        return {
          lenses: tables.map(({ start, name }) => {
            const { lineNumber } = model.getPositionAt(start);
            return {
              range: new monaco.Range(lineNumber, 1, lineNumber, 1),
              id: `staging ${name}`,
              command: {
                id: createStaging,
                title: "$(new-file) Create staging model",
                tooltip: `Create a model that selects from ${name}`,
                arguments: [path, start],
              },
            };
          }),
          dispose: () => undefined,
        };
      },
    }),
  ];
}
