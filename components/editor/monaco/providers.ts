import type { editor, IDisposable, languages } from "monaco-editor/editor";
import { type CompletionEntry, completionsAt } from "../language/completion";
import { definitionAt, hoverAt } from "../language/navigation";
import { type OutlineItem, outlineOf } from "../language/outline";
import type { EditorController } from "../model/controller";
import { type ModelRegistry, uriOf } from "./models";
import { connectProblems } from "./problems";
import type { Monaco } from "./setup";

const ids = ["dbt-sql", "dbt-yaml", "dbt-markdown"];

/** Gives Monaco completion, hover and go-to definition from the project index, and the problems as markers. Returns the way to stop. */
export function connectProject(
  monaco: Monaco,
  controller: EditorController,
  registry: ModelRegistry,
  workspaceId: string,
): () => void {
  const disposables: IDisposable[] = [];
  const isOurs = (model: editor.ITextModel) =>
    model.uri.scheme === "millrace" && model.uri.authority === workspaceId.toLowerCase();

  for (const id of ids) {
    disposables.push(
      monaco.languages.registerCompletionItemProvider(id, {
        triggerCharacters: ["'", '"', ".", "(", "{", " ", "_"],
        provideCompletionItems(model, position, request) {
          if (!isOurs(model)) {
            return { suggestions: [] };
          }
          const offset = model.getOffsetAt(position);
          const entries = completionsAt(
            controller.lookup.get(),
            model.getValue(),
            offset,
            id === "dbt-sql" ? "sql" : "other",
          );
          // A space opens the list only where the place asks for a name; elsewhere it would be in the way.
          if (request.triggerCharacter === " " && !entries.some((item) => item.insert.startsWith("{{"))) {
            return { suggestions: [] };
          }
          return { suggestions: entries.map((item, index) => suggestion(monaco, item, index, position)) };
        },
      }),
      monaco.languages.registerHoverProvider(id, {
        provideHover(model, position) {
          const found = isOurs(model)
            ? hoverAt(controller.lookup.get(), model.getValue(), model.getOffsetAt(position))
            : null;
          return (
            found && { contents: [{ value: found.markdown }], range: rangeOf(monaco, model, found.start, found.end) }
          );
        },
      }),
      monaco.languages.registerDocumentSymbolProvider(id, {
        displayName: "Millrace",
        provideDocumentSymbols: (model) =>
          isOurs(model) ? outlineOf(id, model.getValue()).map((item) => symbol(monaco, model, item)) : [],
      }),
      monaco.languages.registerDefinitionProvider(id, {
        async provideDefinition(model, position) {
          const found = isOurs(model)
            ? definitionAt(controller.lookup.get(), model.getValue(), model.getOffsetAt(position))
            : null;
          if (!found) {
            return null;
          }
          const uri = uriOf(monaco, workspaceId, found.path);
          // Peek shows the text of a model, so the file is read before it is shown.
          if (!registry.of(found.path)) {
            await controller.load(found.path);
            registry.of(found.path);
          }
          return [
            {
              uri,
              range: new monaco.Range(found.line, 1, found.line, 1),
              originSelectionRange: rangeOf(monaco, model, found.start, found.end),
            },
          ] as languages.LocationLink[];
        },
      }),
    );
  }

  disposables.push(
    monaco.editor.registerEditorOpener({
      openCodeEditor(_source, resource, target) {
        if (resource.scheme !== "millrace") {
          return false;
        }
        const line = target ? ("lineNumber" in target ? target.lineNumber : target.startLineNumber) : 1;
        controller.open(resource.path.slice(1), { place: { line } });
        return true;
      },
    }),
  );

  disposables.push(connectProblems(monaco, controller, isOurs));
  return () => {
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

function rangeOf(monaco: Monaco, model: editor.ITextModel, start: number, end: number) {
  return monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(end));
}

function suggestion(
  monaco: Monaco,
  item: CompletionEntry,
  index: number,
  position: { lineNumber: number; column: number },
): languages.CompletionItem {
  const kinds = monaco.languages.CompletionItemKind;
  const kindOf = {
    model: kinds.Struct,
    source: kinds.Module,
    macro: kinds.Function,
    variable: kinds.Variable,
    doc: kinds.Text,
    column: kinds.Field,
    keyword: kinds.Keyword,
    function: kinds.Function,
    snippet: kinds.Snippet,
  } as const;
  const order = {
    column: "0",
    variable: "1",
    model: "1",
    source: "2",
    doc: "2",
    macro: "2",
    function: "3",
    snippet: "4",
    keyword: "5",
  } as const;
  return {
    label: { label: item.label, description: item.detail },
    kind: kindOf[item.kind],
    insertText: item.insert,
    ...(item.snippet ? { insertTextRules: monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet } : {}),
    ...(item.documentation ? { documentation: { value: item.documentation } } : {}),
    sortText: `${order[item.kind]}${String(index).padStart(6, "0")}`,
    range: new monaco.Range(position.lineNumber, position.column - item.replace, position.lineNumber, position.column),
    ...(/[(=]'\$1/.test(item.insert) ? { command: { id: "editor.action.triggerSuggest", title: "Suggest" } } : {}),
  };
}
