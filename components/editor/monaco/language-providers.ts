import type { editor, IDisposable, IRange, languages } from "monaco-editor/editor";
import type { CompletionEntry } from "../language/completion-entry";
import type { LanguageService } from "../language/language-service";
import type { EditorController } from "../model/controller";
import type { LanguagePort } from "./language-host";
import { type ModelRegistry, uriOf } from "./models";
import { paintedText } from "./painted";
import type { Monaco } from "./setup";
import { wordBegun } from "./word-begun";

const ids = ["dbt-sql", "dbt-yaml", "dbt-markdown"];
const accepted = "millrace.completionAccepted";

export interface LanguageProvidersOptions {
  readonly controller: EditorController;
  readonly registry: ModelRegistry;
  readonly workspaceId: string;
  readonly port: LanguagePort;
  readonly isOurs: (model: editor.ITextModel) => boolean;
}

/** Gives Monaco what the dbt language knows: completion, signatures, hover cards, definitions and references. */
export function registerLanguageProviders(monaco: Monaco, options: LanguageProvidersOptions): IDisposable[] {
  const { controller, registry, workspaceId, port, isOurs } = options;
  const pathOf = (model: editor.ITextModel) => model.uri.path.slice(1);
  /** Asks the language about a position; null for texts that are not of this project. */
  const ask = async <Answer>(
    model: editor.ITextModel,
    position: { lineNumber: number; column: number },
    question: (
      service: LanguageService,
      file: ReturnType<LanguageService["file"]>,
      offset: number,
    ) => Answer | Promise<Answer>,
  ): Promise<Answer | null> => {
    if (!isOurs(model)) {
      return null;
    }
    const service = await port.service();
    if (model.isDisposed()) {
      return null;
    }
    return question(service, service.file(pathOf(model), model.getValue()), model.getOffsetAt(position));
  };
  const locationOf = (path: string, range: IRange) => ({ uri: uriOf(monaco, workspaceId, path), range });

  return [
    monaco.editor.registerCommand(accepted, (_accessor, kind: string, label: string, goesOn: boolean) => {
      void port.service().then((service) => service.chosen(kind, label));
      if (goesOn) {
        controller.port?.run("editor.action.triggerSuggest");
      }
    }),
    monaco.languages.registerCompletionItemProvider(ids, {
      triggerCharacters: ["'", '"', ".", "(", "{", " ", "_", ",", "-"],
      async provideCompletionItems(model, position, request, token) {
        const { lineNumber, column } = position;
        const afterSpace = request.triggerCharacter === " ";
        const line = model.getLineContent(lineNumber);
        await Promise.all([paintedText.shown(model), port.service()]);
        if (token.isCancellationRequested || model.isDisposed() || lineNumber > model.getLineCount()) {
          return { suggestions: [] };
        }
        // Monaco does not ask about a word that was begun meanwhile when there is nothing after the space.
        const typed = afterSpace ? wordBegun(line, model.getLineContent(lineNumber), column) : 0;
        const spaced = afterSpace && typed === 0;
        const at = { lineNumber, column: column + typed };
        const found = await ask(model, at, (service, file, offset) =>
          spaced && !service.asksAfterSpace(file, offset) ? null : service.complete(file, offset),
        );
        const entries = found?.entries ?? [];
        if (spaced && !entries.some((item) => /^\{\{|^ref\(/.test(item.insert) || item.kind === "key")) {
          return { suggestions: [] };
        }
        return {
          suggestions: entries.map((item, index) => suggestion(monaco, item, { index, position, typed })),
          incomplete: typed > 0 || (found?.more ?? false),
        };
      },
    }),
    monaco.languages.registerSignatureHelpProvider(ids, {
      signatureHelpTriggerCharacters: ["(", ","],
      signatureHelpRetriggerCharacters: [")"],
      async provideSignatureHelp(model, position) {
        const found = await ask(model, position, (service, file, offset) => service.signature(file, offset));
        if (!found) {
          return null;
        }
        const { label, documentation, parameters, active } = found;
        return {
          value: {
            signatures: [{ label, documentation, parameters: [...parameters] }],
            activeSignature: 0,
            activeParameter: active,
          },
          dispose: () => undefined,
        };
      },
    }),
    monaco.languages.registerHoverProvider(ids, {
      async provideHover(model, position) {
        const found = await ask(model, position, (service, file, offset) => service.hover(file, offset));
        return (
          found && { contents: [{ value: found.markdown }], range: rangeOf(monaco, model, found.start, found.end) }
        );
      },
    }),
    monaco.languages.registerDefinitionProvider(ids, {
      async provideDefinition(model, position) {
        const found = await ask(model, position, (service, file, offset) => service.definition(file, offset));
        if (!found || !(await isShown(port, registry, found.path))) {
          return null;
        }
        const target = new monaco.Range(found.line, found.column, found.line, found.column);
        const link: languages.LocationLink = {
          ...locationOf(found.path, target),
          originSelectionRange: rangeOf(monaco, model, found.start, found.end),
        };
        return [link];
      },
    }),
    monaco.languages.registerReferenceProvider(ids, {
      async provideReferences(model, position) {
        const found = await ask(model, position, (service, file, offset) => service.references(file, offset));
        return (found?.files ?? []).flatMap((file) => {
          const shown = registry.peek(file.path, file);
          return file.places.map(({ start, end }) => locationOf(file.path, rangeOf(monaco, shown, start, end)));
        });
      },
    }),
  ];
}

/** Peek shows the text of a model, so the file is read before it is shown. */
async function isShown(port: LanguagePort, registry: ModelRegistry, path: string): Promise<boolean> {
  if (registry.of(path)) {
    return true;
  }
  const file = (await (await port.service()).texts({ paths: [path] })).files[0];
  if (file) {
    registry.peek(path, file);
  }
  return file !== undefined;
}

function rangeOf(monaco: Monaco, model: editor.ITextModel, start: number, end: number) {
  return monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(end));
}

function suggestion(
  monaco: Monaco,
  item: CompletionEntry,
  { index, position, typed }: { index: number; position: { lineNumber: number; column: number }; typed: number },
): languages.CompletionItem {
  const { lineNumber, column } = position;
  const kinds = monaco.languages.CompletionItemKind;
  const kindOf: Record<CompletionEntry["kind"], languages.CompletionItemKind> = {
    model: kinds.Struct,
    source: kinds.Module,
    macro: kinds.Function,
    variable: kinds.Variable,
    // Not a text: those count as words of the file, which are not shown.
    doc: kinds.Reference,
    column: kinds.Field,
    keyword: kinds.Keyword,
    function: kinds.Function,
    snippet: kinds.Snippet,
    key: kinds.Property,
  };
  return {
    label: { label: item.label, description: item.detail },
    kind: kindOf[item.kind],
    insertText: item.insert,
    ...(item.snippet ? { insertTextRules: monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet } : {}),
    ...(item.documentation ? { documentation: { value: item.documentation } } : {}),
    sortText: String(index).padStart(6, "0"),
    // What was typed since counts for Monaco as typed in the list.
    range: new monaco.Range(lineNumber, Math.min(column, column + typed - item.replace), lineNumber, column),
    command: { id: accepted, title: "Accepted", arguments: [item.kind, item.label, item.goesOn] },
  };
}
