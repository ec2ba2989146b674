import type { IndexNode, IndexParts, IndexWanted, ProjectIndex } from "@/server/contract";
import { indexOver } from "../language/node-table";
import { laidOut, type SharedIndex, type SharedNode, sharedNames, sharedWhole } from "./shared-index";

/**
 * Puts the project index together from what everyone at a commit shares, which is fetched and unpacked once, and what is this
 * person's. A node is laid out when it is asked for: a project may have tens of thousands, of which few are looked at.
 */
export class IndexAssembler {
  private shared: SharedIndex | null = null;
  /** Nodes of the shared part that were laid out with these prefixes. */
  private laid = new Map<SharedNode, IndexNode>();
  private prefixes: readonly string[] | null = null;

  /**
   * The whole index. Who wants to begin with names alone (nodes without details, no tests) is given them `early`, unless the whole is
   * as soon at hand.
   */
  async index(
    ask: (wanted: IndexWanted) => Promise<IndexParts>,
    early: ((names: ProjectIndex) => void) | null = null,
  ): Promise<ProjectIndex> {
    let part: IndexWanted["part"] = this.shared?.complete === false ? "rest" : "all";
    if (this.shared === null && early !== null) {
      const parts = await ask({ known: null, part: "names" });
      const shared = await this.take(parts);
      if (parts.whole !== null || shared?.complete) {
        return this.assembled(parts, shared);
      }
      if (shared !== null) {
        early(this.assembled(parts, shared));
      }
      part = "rest";
    }
    const parts = await ask({ known: this.shared?.key ?? null, part });
    const shared = await this.take(parts);
    if (parts.whole !== null || shared?.complete) {
      return this.assembled(parts, shared);
    }
    // Another answer came in between.
    const again = await ask({ known: null, part: "all" });
    return this.assembled(again, await this.take(again));
  }

  /** Keeps what came of the shared part. Returns what is at hand of the one that is meant, or null. */
  private async take({ base }: IndexParts): Promise<SharedIndex | null> {
    if (base === null) {
      return null;
    }
    let shared = this.shared?.key === base.key ? this.shared : null;
    if (base.names !== null && !shared?.complete) {
      shared = await sharedNames(base.key, base.names);
    }
    if (shared !== null && !shared.complete && base.rest !== null) {
      shared = await sharedWhole(shared, base.rest);
    }
    if (shared !== null && shared !== this.shared) {
      this.shared = shared;
      this.prefixes = null;
    }
    return shared;
  }

  private assembled({ changes, prefixes, whole, version }: IndexParts, shared: SharedIndex | null): ProjectIndex {
    if (whole !== null) {
      return whole;
    }
    if (shared === null || changes === null) {
      throw new Error("The project index came without its parts.");
    }
    if (this.prefixes === null || !isSame(this.prefixes, prefixes)) {
      this.laid = new Map();
      this.prefixes = prefixes;
    }
    const { laid } = this;
    const gone = new Set(changes.gone);
    const changed = new Set<SharedNode | IndexNode>(changes.nodes);
    const briefs = replaced<SharedNode | IndexNode>(shared.nodes, changes.nodes, gone);
    const at = (place: number): IndexNode => {
      const node = briefs[place];
      if (node === undefined) {
        throw new RangeError(`The index has no node ${place}.`);
      }
      if (changed.has(node)) {
        return node as IndexNode;
      }
      const known = laid.get(node as SharedNode);
      if (known) {
        return known;
      }
      const made = laidOut(node as SharedNode, prefixes);
      laid.set(node as SharedNode, made);
      return made;
    };
    const { projectName, adapter, vars, modelPaths, macros, docs } = shared;
    return indexOver(
      { briefs, at },
      {
        ...{ projectName, adapter, vars, modelPaths, version, docs: changes.docs ?? docs },
        macros: replaced(macros, changes.macros, gone),
      },
    );
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** What there was, less what is gone, with what changed in its place and what is new behind. */
function replaced<Thing extends { uniqueId: string }>(
  things: readonly Thing[],
  changed: readonly Thing[],
  gone: ReadonlySet<string>,
): Thing[] {
  if (changed.length === 0 && gone.size === 0) {
    return [...things];
  }
  const now = new Map(changed.map((thing) => [thing.uniqueId, thing]));
  const result: Thing[] = [];
  for (const thing of things) {
    const { uniqueId } = thing;
    if (!gone.has(uniqueId)) {
      result.push(now.get(uniqueId) ?? thing);
    }
    now.delete(uniqueId);
  }
  result.push(...now.values());
  return result;
}
