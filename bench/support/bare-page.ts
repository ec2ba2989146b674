import { sqlFunctions } from "../../components/editor/language/sql-functions";
import { fixedOptions } from "../../components/editor/monaco/options";
import { preparedMonaco } from "../../components/editor/monaco/setup";
import { themeNames } from "../../components/editor/monaco/themes";

/**
 * Runs in the browser: Monaco alone, with the page's grammar and options, and nothing that knows dbt or the project; with words to choose
 * from when the address asks for suggestions.
 */
const monaco = preparedMonaco();
self.MonacoEnvironment = { getWorker: () => new Worker("worker.js") };
const place = document.querySelector<HTMLElement>("main");
if (place === null) throw new Error("The page has no place for the editor.");
const editor = monaco.editor.create(place, {
  ...fixedOptions,
  ...{ value: "", language: "dbt-sql", theme: themeNames.light },
  ...{ fontFamily: "monospace", fontSize: 13, lineHeight: 20, minimap: { enabled: false } },
});
if (location.search === "?suggestions") {
  // As in the page, where what is typed is an alias by then, one word goes on matching and keeps the list open.
  const words = ["bcdefg", ...sqlFunctions("duckdb").map(({ name }) => name)];
  monaco.languages.registerCompletionItemProvider("dbt-sql", {
    provideCompletionItems(model, position) {
      const { startColumn } = model.getWordUntilPosition(position);
      const range = new monaco.Range(position.lineNumber, startColumn, position.lineNumber, position.column);
      const kind = monaco.languages.CompletionItemKind.Function;
      return { suggestions: words.map((word) => ({ label: word, insertText: word, kind, range })) };
    },
  });
}
Object.assign(window, {
  showText(text: string) {
    const model = editor.getModel();
    if (model === null) throw new Error("The editor has no text.");
    model.setValue(text);
    const line = model.getLineCount();
    editor.setPosition({ lineNumber: line, column: model.getLineMaxColumn(line) });
    editor.revealLine(line);
    editor.focus();
  },
  /** Puts another text in the editor, as opening a file does. Resolves to the milliseconds until it is on its way to the screen. */
  openText(text: string): Promise<number> {
    const begun = performance.now();
    editor.getModel()?.dispose();
    editor.setModel(monaco.editor.createModel(text, "dbt-sql"));
    return new Promise((resolve) => {
      const look = () => {
        if (place.querySelector(".view-line span span")) resolve(performance.now() - begun);
        else nextFrame();
      };
      const nextFrame = () => requestAnimationFrame(() => setTimeout(look));
      nextFrame();
    });
  },
});
