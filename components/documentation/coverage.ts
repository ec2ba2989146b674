import type { IndexNode, ProjectIndex } from "@/server/contract";
import { isDescribable } from "./schema-file";

/** How far one node is described and tested. */
export interface NodeCoverage {
  readonly node: IndexNode;
  readonly described: boolean;
  /** Columns that the YAML names, and those of them with a description. */
  readonly columns: number;
  readonly describedColumns: number;
  readonly tests: number;
}
/** The same of a whole project. */
export interface Coverage {
  readonly nodes: readonly NodeCoverage[];
  readonly described: number;
  readonly columns: number;
  readonly describedColumns: number;
  readonly tested: number;
}

/** Counts what the project's own models, seeds, snapshots and sources say of themselves; the least described come first. */
export function coverageOf(index: ProjectIndex): Coverage {
  const tests = new Map<string, number>();
  for (const node of index.nodes) {
    if (node.resourceType !== "test") continue;
    for (const id of node.checks?.node ? [node.checks.node] : node.dependsOn) tests.set(id, (tests.get(id) ?? 0) + 1);
  }
  const nodes = index.nodes
    .filter((node) => node.packageName === index.projectName && isDescribable(node.resourceType))
    .map((node) => ({
      node,
      described: node.description.trim() !== "",
      columns: node.columns.length,
      describedColumns: node.columns.filter((column) => column.description.trim() !== "").length,
      tests: tests.get(node.uniqueId) ?? 0,
    }))
    .sort((left, right) => share(left) - share(right) || left.node.name.localeCompare(right.node.name));
  return {
    nodes,
    described: nodes.filter((node) => node.described).length,
    columns: sum(nodes.map((node) => node.columns)),
    describedColumns: sum(nodes.map((node) => node.describedColumns)),
    tested: nodes.filter((node) => node.tests > 0).length,
  };
}

/** From 0 to 1: the description and each named column count alike; a node that names no column counts half at most. */
export function share({ described, columns, describedColumns }: Omit<NodeCoverage, "node" | "tests">): number {
  return ((described ? 1 : 0) + describedColumns) / (1 + Math.max(columns, 1));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
