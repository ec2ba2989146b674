import type { editor, IDisposable } from "monaco-editor/editor";
import type { IndexNode } from "@/server/contract";
import type { ProjectLookup } from "../language/project-lookup";
import type { EditorController } from "../model/controller";
import { ctePlaces, type TestPlace, type YamlPlace, yamlPlaces } from "./lens-places";
import { LensRows, type Lens as ShownLens } from "./lens-rows";
import type { Monaco } from "./setup";

/** What a lens asks the screen to show. `name` is what a person calls it. */
export type LensAction =
  | { readonly kind: "cte"; readonly path: string; readonly name: string; readonly occurrence: number }
  | { readonly kind: "cteCount"; readonly path: string; readonly name: string; readonly occurrence: number }
  | { readonly kind: "model"; readonly path: string }
  | { readonly kind: "open"; readonly path: string }
  | {
      readonly kind: "relation" | "relationCount" | "failures" | "verdict" | "verdicts";
      readonly uniqueId: string;
      readonly name: string;
    };

interface Lens extends Omit<ShownLens, "run"> {
  readonly action: LensAction;
}

export interface LensOptions {
  readonly controller: EditorController;
  /** Whether a model is a file of this workspace. */
  readonly isOurs: (model: editor.ITextModel) => boolean;
  readonly run: (action: LensAction) => void;
}

/** Above CTEs and singular tests in SQL, and above nodes and tests in YAML: lenses that show their rows. */
export function registerLenses(monaco: Monaco, { controller, isOurs, run }: LensOptions): IDisposable {
  const rows = LensRows.of(monaco);
  const register = (language: string, lensesOf: (path: string, text: string) => Lens[]) =>
    rows.register({
      language,
      lensesOf: (model) =>
        isOurs(model)
          ? lensesOf(model.uri.path.slice(1), model.getValue()).map(({ action, ...lens }) => ({
              ...lens,
              run: () => run(action),
            }))
          : [],
    });
  const disposables = [
    register("dbt-sql", (path, text) => sqlLenses(controller, path, text)),
    register("dbt-yaml", (path, text) => yamlLenses(controller.lookup.get(), path, text)),
  ];
  return {
    dispose() {
      for (const disposable of disposables) disposable.dispose();
    },
  };
}

function sqlLenses(controller: EditorController, path: string, text: string): Lens[] {
  if (!controller.isCompiled(path)) return [];
  const node = testOfFile(controller.lookup.get(), path);
  return [
    ...(node === null ? [] : testLenses(1, node)),
    ...ctePlaces(text).flatMap(({ line, name, occurrence }): Lens[] => [
      {
        line,
        title: "$(play) Preview CTE",
        tooltip: `Preview the rows of ${name}`,
        action: { kind: "cte", path, name, occurrence },
      },
      {
        line,
        title: "Row count",
        tooltip: `Count the rows of ${name}`,
        action: { kind: "cteCount", path, name, occurrence },
      },
    ]),
  ];
}

/** The singular test that a file is, or null. */
export function testOfFile(lookup: ProjectLookup, path: string): IndexNode | null {
  return lookup.nodesIn(path).find((node) => node.resourceType === "test" && node.checks === null) ?? null;
}

/** The lenses of a YAML file: for what the index knows, so that each of them leads somewhere. */
export function yamlLenses(lookup: ProjectLookup, path: string, text: string): Lens[] {
  const places = yamlPlaces(text);
  return places.flatMap((place): Lens[] => {
    if (place.kind === "test") {
      const node = testOf(lookup, place);
      const alone = places.filter(({ kind, line }) => kind === "test" && line === place.line).length === 1;
      return node === null ? [] : testLenses(place.line, node, alone ? null : place.test);
    }
    const node = nodeOf(lookup, place, path);
    return node === null ? [] : nodeLenses(place, node, lookup);
  });
}

function nodeLenses({ line, kind }: YamlPlace, node: IndexNode, lookup: ProjectLookup): Lens[] {
  const name = node.sourceName === null ? node.name : `${node.sourceName}.${node.name}`;
  const on = (lens: Omit<Lens, "line">): Lens => ({ line, ...lens });
  const { uniqueId } = node;
  if (kind === "unit_test") return testLenses(line, node).filter(({ action }) => action.kind === "failures");
  const count = lookup.usedBy(uniqueId).filter(({ resourceType }) => resourceType === "test").length;
  const tests: Lens[] =
    count === 0
      ? []
      : [
          on({
            title: "$(beaker) Run tests",
            tooltip: count === 1 ? `Run the data test of ${name}` : `Run the ${count} data tests of ${name}`,
            action: { kind: "verdicts", uniqueId, name },
          }),
        ];
  const relation: Lens[] = [
    on({
      title: kind === "model" ? "Built table" : "$(play) Preview",
      tooltip: `Preview the first rows of ${name} as they are in the warehouse`,
      action: { kind: "relation", uniqueId, name },
    }),
    on({
      title: "Row count",
      tooltip: `Count the rows of ${name} in the warehouse`,
      action: { kind: "relationCount", uniqueId, name },
    }),
  ];
  if (kind !== "model" || !node.path.endsWith(".sql")) return [...relation, ...tests];
  const { path } = node;
  return [
    on({ title: "$(play) Preview", tooltip: `Preview ${name}`, action: { kind: "model", path } }),
    ...tests,
    on({ title: "Go to SQL", tooltip: `Open ${path}`, action: { kind: "open", path } }),
    ...(node.materialized === "ephemeral" ? [] : relation),
  ];
}

/** `written` names the test where several stand on one line. */
function testLenses(line: number, node: IndexNode, written: string | null = null): Lens[] {
  const { uniqueId, name, resourceType } = node;
  const failingRows = written === null ? "Show failing rows" : `Failing rows of ${written}`;
  const failures: Lens = {
    line,
    title: resourceType === "unit_test" ? "$(play) Actual and expected rows" : failingRows,
    tooltip: `Show what ${name} finds`,
    action: { kind: "failures", uniqueId, name },
  };
  const verdict: Lens = {
    line,
    title: `$(play) Run ${written ?? "test"}`,
    tooltip: `Run ${name}: its status and how many failures it counts`,
    action: { kind: "verdict", uniqueId, name },
  };
  return resourceType === "unit_test" ? [failures] : [verdict, failures];
}

function nodeOf(lookup: ProjectLookup, place: YamlPlace, path: string): IndexNode | null {
  const found = lookup.named(place.kind, place.name).filter(({ sourceName }) => sourceName === place.sourceName);
  return (
    found.find((node) => node.patchPath === path || node.path === path) ??
    found.find((node) => node.packageName === lookup.index.projectName) ??
    null
  );
}

function testOf(lookup: ProjectLookup, place: TestPlace): IndexNode | null {
  const found = lookup.checksNamed(place.test, place.column).filter(({ checks, dependsOn }) => {
    if (checks?.packageName !== place.packageName) return false;
    // dbt attaches tests to models and the like; of a source's test it only says what it reads.
    return (checks.node === null ? dependsOn : [checks.node]).some((uniqueId) => {
      const node = lookup.node(uniqueId);
      return (
        node?.name === place.of.name &&
        node.resourceType === place.of.kind &&
        (node.sourceName ?? null) === place.of.sourceName
      );
    });
  });
  return found[place.occurrence] ?? found[0] ?? null;
}

/** The model, seed, snapshot or source table that a line of a YAML file describes. */
export function nodeDescribedAt(lookup: ProjectLookup, path: string, text: string, line: number): IndexNode | null {
  const place = yamlPlaces(text)
    .filter((candidate) => candidate.line <= line)
    .at(-1);
  const of = place?.kind === "test" ? place.of : place;
  return of && of.kind !== "unit_test" ? nodeOf(lookup, of, path) : null;
}

/** The test, or the node, that stands at or above a line of a YAML file. */
export function testAbove(lookup: ProjectLookup, text: string, line: number): IndexNode | null {
  const tests = yamlPlaces(text).filter((place) => place.line <= line && place.kind !== "source");
  for (const place of tests.reverse()) {
    if (place.kind === "test") return testOf(lookup, place);
    if (place.kind === "unit_test") return nodeOf(lookup, place, "");
    return null;
  }
  return null;
}
