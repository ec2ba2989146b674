import type { editor, IDisposable } from "monaco-editor/editor";
import { structureOf } from "../language/sql-structure";
import type { Monaco } from "./setup";

/** Above each CTE of a model that `applies`: a lens that previews what it holds. */
export function registerCteLenses(
  monaco: Monaco,
  applies: (model: editor.ITextModel) => boolean,
  preview: (path: string, cte: string) => void,
): IDisposable {
  const id = "millrace.previewCte";
  const command = monaco.editor.registerCommand(id, (_accessor, path: string, cte: string) => preview(path, cte));
  const provider = monaco.languages.registerCodeLensProvider("dbt-sql", {
    provideCodeLenses(model) {
      const ctes = applies(model) ? (structureOf(model.getValue())?.ctes ?? []) : [];
      return {
        lenses: ctes.map((cte) => {
          const { lineNumber } = model.getPositionAt(cte.start);
          return {
            range: new monaco.Range(lineNumber, 1, lineNumber, 1),
            id: `${cte.name} ${cte.start}`,
            command: {
              id,
              title: "$(play) Preview CTE",
              tooltip: `Preview the rows of ${cte.name}`,
              arguments: [model.uri.path.slice(1), cte.name],
            },
          };
        }),
        dispose: () => undefined,
      };
    },
  });
  return {
    dispose() {
      provider.dispose();
      command.dispose();
    },
  };
}
