import { useRef, useState } from "react";
import { pageId } from "@/components/api";
import type { Relation } from "@/components/catalog";
import {
  cteAt,
  type EditorController,
  isDirty,
  type LensAction,
  nodeDescribedAt,
  testAbove,
  testOfFile,
} from "@/components/editor";
import type { ResultStore } from "@/components/results";
import { type CommandHandlers, scratchpadName } from "@/components/shell";
import { toast } from "@/components/ui";
import type { PreviewWhat } from "@/server/contract";
import { defaultPreviewRows, previewedOf } from "@/server/contract/plain";

export interface PreviewsOptions {
  controller: EditorController;
  results: ResultStore;
  place: { workspaceId: string; environmentId: string | null };
  /** Shows the results before they arrive. */
  showResults: () => void;
}

export type PreviewCommands = Pick<
  CommandHandlers,
  | "preview"
  | "previewCte"
  | "rowCount"
  | "profileColumn"
  | "distinctValues"
  | "failingRows"
  | "runTest"
  | "previewBuilt"
>;

/** A file or SQL, or with `what` something else; `subject` is what the panel calls it. */
interface Target {
  path?: string | null;
  sql?: string | null;
  what?: PreviewWhat | null;
  subject: string;
}

/** What is a measure already. */
const unmeasured: ReadonlySet<PreviewWhat["kind"]> = new Set<PreviewWhat["kind"]>([
  "count",
  "verdict",
  "verdicts",
  "profiles",
]);

const fileName = (path: string) => path.split("/").at(-1) ?? path;

/** Everything that can be previewed, from commands, lenses and the results themselves. */
export function usePreviews({ controller, results, place, showResults }: PreviewsOptions) {
  const activeColumn = useRef<string | null>(null);
  const [setColumn] = useState(() => (column: string | null) => {
    activeColumn.current = column;
  });

  function run({ path = null, sql = null, what = null, subject }: Target): void {
    const { workspaceId, environmentId } = place;
    if (environmentId === null) {
      toast("This project has no environment to preview in.");
      return;
    }
    const buffer = path === null ? null : controller.buffers.get(path);
    const scratchpad = path !== null && scratchpadName(path) !== null;
    showResults();
    results.run({
      workspaceId,
      environmentId,
      page: pageId(),
      path: scratchpad ? null : path,
      text: buffer && isDirty(buffer) && !scratchpad ? buffer.text : null,
      sql: scratchpad ? (sql ?? buffer?.text ?? "") : sql,
      what,
      rows: defaultPreviewRows,
      subject,
    });
  }

  /** The text of the open file and the cursor in it. */
  function atCursor(): { path: string; text: string; line: number; column: number } | null {
    const path = controller.activePath();
    const text = path === null ? null : (controller.buffers.get(path)?.text ?? null);
    const { line = 1, column = 1 } = controller.cursor.get() ?? {};
    return path === null || text === null ? null : { path, text, line, column };
  }

  /** The node that the open YAML file describes where the cursor is, or null. */
  function describedNode() {
    const here = atCursor();
    return here !== null && /\.ya?ml$/.test(here.path)
      ? nodeDescribedAt(controller.lookup.get(), here.path, here.text, here.line)
      : null;
  }

  /** The selection, or the open file, or the model that is described at the cursor; null after the person was told what to do. */
  function ofEditor(): (Target & { path: string }) | null {
    const path = controller.activePath();
    const sql = controller.port?.selectedText() ?? null;
    const described = sql === null ? describedNode() : null;
    if (described && controller.isCompiled(described.path)) {
      return { path: described.path, subject: fileName(described.path) };
    }
    if (path === null || (!controller.isCompiled(path) && sql === null)) {
      toast("Open a model to preview it, or select some SQL.");
      return null;
    }
    return { path, sql, subject: sql === null ? fileName(path) : `selection in ${fileName(path)}` };
  }

  /** Rows of what the panel shows now, measured by the chosen column; of a measured column, by that column again. */
  function measure(kind: "profile" | "distinct", chosen: string | null): void {
    const { request } = results.getSnapshot();
    const before = request?.what && "column" in request.what ? request.what.column : null;
    const column = before ?? chosen;
    if (request === null || column === null || unmeasured.has(request.what?.kind ?? "statement")) {
      toast("Preview some rows first, and choose a column of them.");
      return;
    }
    const what: PreviewWhat = { kind, of: measurable(request.what ?? null), column };
    const shown = [`profile of ${before} in `, `distinct values of ${before} in `].reduce(
      (text, start) => (text.startsWith(start) ? text.slice(start.length) : text),
      request.subject,
    );
    const subject = `${kind === "profile" ? "profile" : "distinct values"} of ${column} in ${shown}`;
    showResults();
    results.run({ ...request, what, rows: defaultPreviewRows, subject });
  }

  /** The test of the open file: a singular test, or the one at the cursor in YAML. Where there is none, all tests of the model can be run. */
  function ofTest(kind: "failures" | "verdict"): void {
    const here = atCursor();
    const lookup = controller.lookup.get();
    const node =
      here === null
        ? null
        : (testOfFile(lookup, here.path) ??
          (/\.ya?ml$/.test(here.path) ? testAbove(lookup, here.text, here.line) : null));
    if (node === null) {
      const tested = kind === "verdict" ? (describedNode() ?? builtNode(here?.path ?? null)) : null;
      if (tested) showLens({ kind: "verdicts", uniqueId: tested.uniqueId, name: tested.name });
      else toast("Open a test, or put the cursor on a test in YAML.");
      return;
    }
    showLens({ kind: node.resourceType === "unit_test" ? "failures" : kind, uniqueId: node.uniqueId, name: node.name });
  }

  function showLens(action: LensAction): void {
    switch (action.kind) {
      case "cte":
      case "cteCount": {
        const { path, name, occurrence } = action;
        const cte = { kind: "cte", name, occurrence } as const;
        const subject = `${name} in ${fileName(path)}`;
        if (action.kind === "cte") run({ path, what: cte, subject });
        else run({ path, what: { kind: "count", of: cte }, subject: `row count of ${subject}` });
        return;
      }
      case "model":
        run({ path: action.path, subject: fileName(action.path) });
        return;
      case "open":
        controller.open(action.path);
        return;
      case "relationCount": {
        const { uniqueId, name } = action;
        run({ what: { kind: "count", of: { kind: "relation", uniqueId } }, subject: `row count of ${name}` });
        return;
      }
      case "relation":
        run({ what: { kind: "relation", uniqueId: action.uniqueId }, subject: `${action.name} as built` });
        return;
      case "failures":
        run({ what: { kind: "failures", uniqueId: action.uniqueId }, subject: `failing rows of ${action.name}` });
        return;
      case "verdict":
        run({ what: { kind: "verdict", uniqueId: action.uniqueId }, subject: `result of ${action.name}` });
        return;
      case "verdicts":
        run({ what: { kind: "verdicts", uniqueId: action.uniqueId }, subject: `test results of ${action.name}` });
    }
  }

  /** The relation that a file's node is built as, or null. */
  function builtNode(path: string | null) {
    const node = path === null ? null : controller.lookup.get().nodeOfFile(path);
    const built = node !== null && ["model", "seed", "snapshot"].includes(node.resourceType);
    return built && node.materialized !== "ephemeral" ? node : null;
  }

  /** A model's rows by its SQL, a seed's as it was loaded. */
  function previewFile(path: string): void {
    const node = builtNode(path);
    if (controller.isCompiled(path)) run({ path, subject: fileName(path) });
    else if (node) showLens({ kind: "relation", uniqueId: node.uniqueId, name: node.name });
    else toast("This file has no rows: it is no model, test, analysis or seed of the project.");
  }

  /** What the data explorer asks of a relation of the warehouse. */
  const ofRelation = {
    preview({ database, schema, name }: Relation): void {
      run({ what: { kind: "named", database, schema, name }, subject: `${schema}.${name}` });
    },
    profile({ database, schema, name }: Relation, column: string | null): void {
      const of = { kind: "named", database, schema, name } as const;
      const subject = `${schema}.${name}`;
      if (column === null) run({ what: { kind: "profiles", of }, subject: `profile of ${subject}` });
      else run({ what: { kind: "profile", of, column }, subject: `profile of ${column} in ${subject}` });
    },
  };

  const handlers: PreviewCommands = {
    preview: () => {
      const target = ofEditor();
      if (target) run(target);
    },
    previewCte: () => {
      const here = atCursor();
      const offset = here === null ? 0 : offsetOf(here.text, here);
      const cte = here !== null && controller.isCompiled(here.path) ? cteAt(here.text, offset) : null;
      if (here && cte) showLens({ kind: "cte", path: here.path, name: cte.name, occurrence: cte.occurrence });
      else toast("Put the cursor into a CTE.");
    },
    rowCount: () => {
      const target = ofEditor();
      const what: PreviewWhat = { kind: "count", of: { kind: "statement" } };
      if (target) run({ ...target, what, subject: `row count of ${target.subject}` });
    },
    profileColumn: () => measure("profile", activeColumn.current),
    distinctValues: () => measure("distinct", activeColumn.current),
    failingRows: () => ofTest("failures"),
    runTest: () => ofTest("verdict"),
    previewBuilt: () => {
      const node = builtNode(controller.activePath());
      if (node) showLens({ kind: "relation", uniqueId: node.uniqueId, name: node.name });
      else toast("Open a model, seed or snapshot that is built as a table or view.");
    },
  };
  return { handlers, showLens, ofRelation, previewFile, measure, setColumn };
}

/** Where a line and a column of a text are, counted from 1. */
function offsetOf(text: string, { line, column }: { line: number; column: number }): number {
  const before = text.split("\n").slice(0, line - 1);
  return before.reduce((length, one) => length + one.length + 1, 0) + column - 1;
}

/** What a further measure is of: that of a measure is of what it measured. */
function measurable(what: PreviewWhat | null) {
  const shown = previewedOf(what);
  switch (shown.kind) {
    case "verdict":
      return { kind: "failures" as const, uniqueId: shown.uniqueId };
    case "verdicts":
    case "catalog":
    case "catalogColumns":
      return { kind: "statement" as const };
    default:
      return shown;
  }
}
