import type { editor, IDisposable, languages } from "monaco-editor/editor";
import { type OutlineItem, outlineOf } from "../language/outline";
import type { EditorController } from "../model/controller";
import type { EditorServices } from "../model/services";
import { registerBlockMatching } from "./block-matching";
import { registerCommentKeys } from "./comment-keys";
import { LanguagePort } from "./language-host";
import { registerLanguageProviders } from "./language-providers";
import { LensRows } from "./lens-rows";
import type { ModelRegistry } from "./models";
import { connectProblems } from "./problems";
import { registerRefactorActions } from "./refactor-actions";
import type { Monaco } from "./setup";

const ids = ["dbt-sql", "dbt-yaml", "dbt-markdown"];

/** Gives Monaco the dbt language of a project and the problems as markers. Returns the way to stop. */
export function connectProject(
  monaco: Monaco,
  {
    controller,
    registry,
    services,
    readOnly,
  }: { controller: EditorController; registry: ModelRegistry; services: EditorServices; readOnly: boolean },
): () => void {
  const { workspaceId } = services;
  const isOurs = (model: editor.ITextModel) =>
    model.uri.scheme === "millrace" && model.uri.authority === workspaceId.toLowerCase();
  const port = new LanguagePort(monaco, controller, services);
  controller.language = port;
  const disposables: IDisposable[] = [
    ...registerLanguageProviders(monaco, { controller, registry, workspaceId, port, isOurs }),
    monaco.languages.registerDocumentSymbolProvider(ids, {
      displayName: "Millrace",
      provideDocumentSymbols: (model) =>
        isOurs(model)
          ? outlineOf(model.getLanguageId(), model.getValue()).map((item) => symbol(monaco, model, item))
          : [],
    }),
    monaco.languages.registerFoldingRangeProvider("dbt-sql", {
      async provideFoldingRanges(model) {
        const { foldingOf } = await import("../language/folding");
        const ranges = model.isDisposed() ? [] : foldingOf(model.getValue(1));
        return ranges.map(({ start, end, comment }) => ({
          start,
          end,
          ...(comment ? { kind: monaco.languages.FoldingRangeKind.Comment } : {}),
        }));
      },
    }),
    monaco.editor.registerEditorOpener({
      openCodeEditor(_source, resource, target) {
        if (resource.scheme !== "millrace") {
          return false;
        }
        const place =
          target && "lineNumber" in target
            ? { line: target.lineNumber, column: target.column }
            : { line: target?.startLineNumber ?? 1, column: target?.startColumn ?? 1 };
        controller.open(resource.path.slice(1), { place });
        return true;
      },
    }),
    ...(readOnly ? [] : registerRefactorActions(monaco, port, isOurs)),
    // What lenses lead to is known by the project's index, which is often newer than the text that is shown.
    { dispose: controller.lookup.subscribe(() => LensRows.of(monaco).refresh()) },
    registerBlockMatching(monaco),
    registerCommentKeys(monaco),
    connectProblems(monaco, controller, isOurs),
    port,
  ];
  return () => {
    controller.language = null;
    for (const disposable of disposables) {
      disposable.dispose();
    }
  };
}

/** A part of the file as Monaco knows it: sticky scroll and its own list of symbols read these. */
function symbol(monaco: Monaco, model: editor.ITextModel, item: OutlineItem): languages.DocumentSymbol {
  const { SymbolKind } = monaco.languages;
  const kinds: Record<OutlineItem["kind"], languages.SymbolKind> = {
    cte: SymbolKind.Struct,
    select: SymbolKind.Struct,
    block: SymbolKind.Namespace,
    macro: SymbolKind.Function,
    heading: SymbolKind.String,
    key: SymbolKind.Key,
    column: SymbolKind.Field,
  };
  const endLine = Math.min(item.endLine, model.getLineCount());
  return {
    name: item.name,
    detail: item.detail,
    kind: kinds[item.kind],
    tags: [],
    range: new monaco.Range(item.line, 1, endLine, model.getLineMaxColumn(endLine)),
    selectionRange: new monaco.Range(item.line, 1, item.line, model.getLineMaxColumn(item.line)),
    children: item.children.map((child) => symbol(monaco, model, child)),
  };
}
