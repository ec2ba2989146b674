import type { editor, IDisposable, languages } from "monaco-editor/editor";
import type { EditorController } from "../model/controller";
import type { Problem, ProblemFix } from "../model/problems";
import type { Monaco } from "./setup";

const languageIds = ["dbt-sql", "dbt-yaml", "dbt-markdown"];
const sourceNames: Record<Problem["source"], string> = {
  compile: "dbt",
  preview: "warehouse",
  project: "dbt",
  diagnostics: "dbt",
  check: "dbt",
  lint: "SQLFluff",
  schema: "YAML",
};

/** Shows the problems in the text, and their fixes under the light bulb. Returns the way to stop. */
export function connectProblems(
  monaco: Monaco,
  controller: EditorController,
  isOurs: (model: editor.ITextModel) => boolean,
): IDisposable {
  const pathOf = (model: editor.ITextModel) => model.uri.path.slice(1);
  const problemsOf = (model: editor.ITextModel) =>
    controller.problems.store.get().filter((problem) => problem.path === pathOf(model));
  const show = () => {
    for (const model of monaco.editor.getModels().filter(isOurs)) {
      monaco.editor.setModelMarkers(
        model,
        "millrace",
        problemsOf(model).map((problem) => marker(monaco, model, problem)),
      );
    }
  };
  const stopProblems = controller.problems.store.subscribe(show);
  const onCreated = monaco.editor.onDidCreateModel(() => queueMicrotask(show));
  const fixes = monaco.languages.registerCodeActionProvider(languageIds, {
    provideCodeActions(model, range) {
      const version = controller.buffers.get(pathOf(model))?.version;
      const near = ({ line, endLine }: Problem) =>
        line <= range.endLineNumber && (endLine ?? line) >= range.startLineNumber;
      // A place beyond the end of the text is shown at its last line.
      const here = isOurs(model)
        ? problemsOf(model).filter((problem) => near(problem) || problem.line > model.getLineCount())
        : [];
      const actions = here.flatMap((problem) => {
        const shown = marker(monaco, model, problem);
        if (!monaco.Range.areIntersectingOrTouching(shown, range)) {
          return [];
        }
        return problem.fixes.filter((fix) => fix.version === version).map((fix) => action(model, fix, shown));
      });
      return { actions, dispose: () => undefined };
    },
  });
  return {
    dispose() {
      stopProblems();
      onCreated.dispose();
      fixes.dispose();
    },
  };
}

function action(model: editor.ITextModel, fix: ProblemFix, shown: editor.IMarkerData): languages.CodeAction {
  return {
    title: fix.title,
    kind: "quickfix",
    diagnostics: [shown],
    ...(fix.preferred ? { isPreferred: true } : {}),
    edit: {
      edits: fix.edits.map((edit) => ({
        resource: model.uri,
        versionId: model.getVersionId(),
        textEdit: {
          range: {
            startLineNumber: edit.line,
            startColumn: edit.column,
            endLineNumber: edit.endLine,
            endColumn: edit.endColumn,
          },
          text: edit.text,
        },
      })),
    },
  };
}

function marker(monaco: Monaco, model: editor.ITextModel, problem: Problem): editor.IMarkerData {
  const line = Math.min(problem.line, model.getLineCount());
  const endLine = Math.max(line, Math.min(problem.endLine ?? line, model.getLineCount()));
  const column = Math.min(problem.column, model.getLineMaxColumn(line));
  const word = model.getWordAtPosition({ lineNumber: line, column });
  const wholeLine = column <= 1 && problem.endColumn === null;
  const severities = {
    error: monaco.MarkerSeverity.Error,
    warning: monaco.MarkerSeverity.Warning,
    info: monaco.MarkerSeverity.Info,
  };
  return {
    severity: severities[problem.severity],
    message: problem.hint ? `${problem.message}\n${problem.hint}` : problem.message,
    source: sourceNames[problem.source],
    ...(problem.code === null ? {} : { code: problem.code }),
    startLineNumber: line,
    startColumn: wholeLine ? Math.max(1, model.getLineFirstNonWhitespaceColumn(line)) : column,
    endLineNumber: endLine,
    endColumn:
      problem.endColumn ??
      (wholeLine ? model.getLineMaxColumn(endLine) : (word?.endColumn ?? model.getLineMaxColumn(endLine))),
  };
}
