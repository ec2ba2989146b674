import type { IndexNode, ProjectIndex } from "@/server/contract";

/** What of the project is shown around one node. */
export interface Neighbourhood {
  readonly focus: string;
  readonly up: number;
  readonly down: number;
}

/** All there is, instead of a number of steps. */
export const everything = 99;
/** The numbers of steps that a person can choose. */
export const stepsOffered: readonly number[] = [0, 1, 2, 3, 5, 10, everything];

/** Nodes and who reads whom, arranged for walking. */
export class ProjectGraph {
  readonly nodes: ReadonlyMap<string, IndexNode>;
  private readonly childrenById = new Map<string, string[]>();

  constructor(readonly index: ProjectIndex) {
    this.nodes = new Map(index.nodes.map((node) => [node.uniqueId, node]));
    for (const node of index.nodes) {
      for (const parent of this.parents(node.uniqueId)) {
        const known = this.childrenById.get(parent);
        if (known) known.push(node.uniqueId);
        else this.childrenById.set(parent, [node.uniqueId]);
      }
    }
  }

  parents(id: string): string[] {
    return (this.nodes.get(id)?.dependsOn ?? []).filter((parent) => this.nodes.has(parent));
  }

  children(id: string): readonly string[] {
    return this.childrenById.get(id) ?? [];
  }

  /** The node of a file, when it has one that can be drawn; of several the one that is no test. */
  ofPath(path: string): IndexNode | null {
    const found = this.index.nodes.filter((node) => node.path === path);
    const drawable = found.filter((node) => !isCheck(node));
    return (drawable.length === 1 ? drawable[0] : drawable.find((node) => node.resourceType !== "source")) ?? null;
  }

  /** Ids at most so many steps above and below a node, it included. */
  around({ focus, up, down }: Neighbourhood): Set<string> {
    const found = new Set<string>([focus]);
    for (const [steps, next] of [
      [up, (id: string) => this.parents(id)],
      [down, (id: string) => this.children(id)],
    ] as const) {
      let edge = [focus];
      const seen = new Set(edge);
      for (let step = 0; step < steps && edge.length > 0; step++) {
        const further: string[] = [];
        for (const id of edge) {
          for (const other of next(id)) {
            if (!seen.has(other)) {
              seen.add(other);
              found.add(other);
              further.push(other);
            }
          }
        }
        edge = further;
      }
    }
    return found;
  }

  /** Everything below a node, nearest first, without it. */
  below(id: string): IndexNode[] {
    const found = new Set<string>([id]);
    for (const at of found) for (const child of this.children(at)) found.add(child);
    found.delete(id);
    return [...found].flatMap((other) => this.nodes.get(other) ?? []);
  }
}

/** The steps that also reach a node, where that takes more of them; empty where they do, or where no number does. */
export function widened(
  graph: ProjectGraph,
  around: Neighbourhood,
  id: string,
): Partial<Pick<Neighbourhood, "up" | "down">> {
  if (graph.around(around).has(id)) return {};
  for (const side of ["down", "up"] as const) {
    const steps = stepsOffered.find((count) => {
      const only = side === "down" ? { up: 0, down: count } : { up: count, down: 0 };
      return count > around[side] && graph.around({ focus: around.focus, ...only }).has(id);
    });
    if (steps !== undefined) return { [side]: steps };
  }
  return {};
}

/** Tests and unit tests: they hang on what they check, and are drawn on request. */
export function isCheck(node: IndexNode): boolean {
  return node.resourceType === "test" || node.resourceType === "unit_test";
}

/** The name that people know a node by. */
export function nameOf(node: IndexNode): string {
  if (node.sourceName !== null) return `${node.sourceName}.${node.name}`;
  return node.version === null ? node.name : `${node.name} v${node.version}`;
}

const kindNames: Record<string, string> = {
  unit_test: "unit test",
  semantic_model: "semantic model",
  saved_query: "saved query",
};

/** A node's type in words. */
export function kindOf(node: Pick<IndexNode, "resourceType">): string {
  return kindNames[node.resourceType] ?? node.resourceType;
}

export interface ImpactGroup {
  readonly title: string;
  readonly nodes: readonly { readonly node: IndexNode; readonly columns: readonly string[] }[];
}

const groups: readonly { title: string; types: readonly string[] }[] = [
  { title: "Models", types: ["model"] },
  { title: "Snapshots", types: ["snapshot"] },
  { title: "Exposures", types: ["exposure"] },
  { title: "Metrics", types: ["metric", "semantic_model", "saved_query"] },
  { title: "Tests", types: ["test", "unit_test"] },
  { title: "Analyses", types: ["analysis"] },
];

/**
 * What a change of a node may break, by type. With `columns` (those made of one column, by node) only what reads these: a model with
 * such a column or whose rows they decide, tests of them, and what stands on those models without columns of its own.
 */
export function impactOf(
  graph: ProjectGraph,
  id: string,
  columns: ReadonlyMap<string, readonly string[]> | null,
): ImpactGroup[] {
  const concerned = graph.below(id).flatMap((node) => {
    if (columns === null) return [{ node, columns: [] }];
    const own = columns.get(node.uniqueId);
    if (own) return [{ node, columns: own }];
    if (node.checks) {
      const of = node.checks.node ?? node.dependsOn[0] ?? "";
      const checked = columns.get(of);
      if (!checked) return [];
      const { column } = node.checks;
      const hit = column === null || checked.some((name) => name.toLowerCase() === column.toLowerCase());
      return hit ? [{ node, columns: column === null ? [] : [column] }] : [];
    }
    const follows = ["exposure", "metric", "semantic_model", "saved_query", "unit_test"].includes(node.resourceType);
    return follows && node.dependsOn.some((parent) => columns.has(parent)) ? [{ node, columns: [] }] : [];
  });
  return groups.flatMap(({ title, types }) => {
    const nodes = concerned.filter(({ node }) => types.includes(node.resourceType));
    return nodes.length > 0 ? [{ title, nodes }] : [];
  });
}

/** What to show and what to leave out, from words as they are typed behind `dbt ls`: with or without flags. */
export function selectionOf(select: string, exclude: string): { select: string; exclude: string } {
  const chosen: string[] = [];
  const left = exclude.split(/\s+/);
  let into = chosen;
  for (const word of select.split(/\s+/)) {
    const flag = /^(?:(--exclude)|--select|-s|--models?|-m)(?:=(.*))?$/.exec(word);
    if (flag) into = flag[1] ? left : chosen;
    into.push(flag ? (flag[2] ?? "") : word);
  }
  const text = (words: readonly string[]) => words.filter((word) => word !== "" && word !== "--exclude").join(" ");
  return { select: text(chosen), exclude: text(left) };
}
