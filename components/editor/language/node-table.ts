import type { IndexNode, ProjectIndex } from "@/server/contract";

/** What a project is arranged by: of each node what there is of it before it is laid out. */
export type BriefNode = Pick<IndexNode, "uniqueId" | "name" | "resourceType" | "packageName" | "path"> &
  Partial<Pick<IndexNode, "dependsOn" | "patchPath" | "sourceName" | "version" | "checks">>;

/** The nodes of an index by their place in it. Laying one out costs more than looking at it, so that is done when it is asked for. */
export interface NodeTable {
  readonly briefs: readonly BriefNode[];
  at(place: number): IndexNode;
}

const tables = new WeakMap<ProjectIndex, NodeTable>();

/** An index whose nodes are laid out when somebody reads all of them. */
export function indexOver(table: NodeTable, rest: Omit<ProjectIndex, "nodes">): ProjectIndex {
  let all: IndexNode[] | null = null;
  const index: ProjectIndex = {
    ...rest,
    get nodes() {
      all ??= table.briefs.map((_brief, place) => table.at(place));
      return all;
    },
  };
  tables.set(index, table);
  return index;
}

/** The table behind an index; any index has one. */
export function tableOf(index: ProjectIndex): NodeTable {
  const known = tables.get(index);
  if (known) {
    return known;
  }
  const { nodes } = index;
  return {
    briefs: nodes,
    at(place) {
      const node = nodes[place];
      if (!node) {
        throw new RangeError(`The index has no node ${place}.`);
      }
      return node;
    },
  };
}

/** How many nodes are laid out in one piece of idle time: about a millisecond. */
const piece = 500;

/** Lays the nodes out while nothing else happens, for what will read all of them; as long as `wanted`. */
export async function layOutInIdle(index: ProjectIndex, wanted: () => boolean): Promise<void> {
  const { briefs, at } = tableOf(index);
  for (let place = 0; place < briefs.length; place += 1) {
    if (place % piece === 0) {
      await idle();
      if (!wanted()) {
        return;
      }
    }
    at(place);
  }
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in globalThis) {
      requestIdleCallback(() => resolve());
    } else {
      setTimeout(resolve, 10);
    }
  });
}
