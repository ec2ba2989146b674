import type { IndexNode } from "@/server/contract";
import { inTime } from "./in-time";
import type { ProjectLookup } from "./project-lookup";
import { queriesOf, type Relation } from "./sql-query";
import {
  allSelects,
  type Column,
  ColumnScope,
  type ColumnSource,
  type Columns,
  sameName,
  unknownColumns,
} from "./sql-scope";

/** The columns of a node of the project. */
export type NodeColumns = (node: IndexNode) => Columns;

/** The node that a relation of a file's SQL means, or null when it is none of the project's. */
export function nodeOf(lookup: ProjectLookup, target: Relation["target"], path: string): IndexNode | null {
  switch (target.kind) {
    case "ref":
      return lookup.ref(target.name, target.packageName, target.version);
    case "source":
      return lookup.source(target.sourceName, target.name);
    case "this":
      return lookup.nodeOfFile(path);
    case "name":
      return target.parts.length > 1 ? lookup.relation(target.parts.map((part) => part.text).join(".")) : null;
    default:
      return null;
  }
}

/** How the SQL of a file sees the project's columns. */
export function columnSource(lookup: ProjectLookup, columnsOf: NodeColumns, path: string): ColumnSource {
  return (target) => {
    const node = nodeOf(lookup, target, path);
    return node ? columnsOf(node) : unknownColumns;
  };
}

/** The columns that YAML tells of a node; there may be more. */
export function describedColumns(node: IndexNode): Columns {
  return {
    complete: false,
    list: node.columns.map((column) => ({
      name: column.name,
      type: column.type,
      description: column.description,
      origin: { nodeId: node.uniqueId, column: column.name },
    })),
  };
}

/** The columns of nodes as the session has them from the warehouse; those that it does not know are left out. */
export type ReadColumns = (uniqueIds: readonly string[]) => Promise<ReadonlyMap<string, Columns>>;

/**
 * The columns of every node of the project: what its YAML says, what its SQL selects, and what the warehouse has said: of a source its
 * columns, of what is built their types. Texts are read when they are first needed and kept until `forget`.
 */
export class KnownColumns {
  /** What the session has said; of a node that it does not know, nothing. */
  private readonly told = new Map<string, Columns>();
  private readonly texts = new Map<string, string | null>();
  private readonly reading = new Map<string, Promise<void>>();
  private readonly known = new Map<string, Columns>();
  private readonly busy = new Set<string>();
  /** Counts what made answers of `readColumns` old. */
  private asked = 0;

  constructor(
    private readonly lookup: () => ProjectLookup,
    /** The text of a file as the person sees it; null when there is none. */
    private readonly read: (path: string) => Promise<string | null>,
    /** Left out where there is no session to ask. */
    private readonly readColumns: ReadColumns | null = null,
  ) {}

  /** What is known by now. */
  readonly of: NodeColumns = (node) => {
    const known = this.known.get(node.uniqueId);
    if (known) {
      return known;
    }
    const described = describedColumns(node);
    if (node.resourceType === "source") {
      return merged(node, described, this.told.get(node.uniqueId) ?? unknownColumns);
    }
    const text = this.texts.get(node.path);
    if (text === undefined || text === null || this.busy.has(node.uniqueId)) {
      return described;
    }
    this.busy.add(node.uniqueId);
    const selected = this.selected(node, text);
    this.busy.delete(node.uniqueId);
    const columns = typed(merged(node, described, selected), this.told.get(node.uniqueId) ?? unknownColumns);
    this.known.set(node.uniqueId, columns);
    return columns;
  };

  private selected(node: IndexNode, text: string): Columns {
    if (node.resourceType === "seed") {
      const header = text.slice(0, text.indexOf("\n") < 0 ? text.length : text.indexOf("\n")).trim();
      const names = header.split(",").map((name) => name.trim().replace(/^"|"$/g, ""));
      return { complete: true, list: names.map((name) => ({ name, type: null, description: "", origin: null })) };
    }
    const query = queriesOf(text).at(-1);
    return query && node.path.endsWith(".sql")
      ? new ColumnScope(columnSource(this.lookup(), this.of, node.path)).outputOf(query)
      : unknownColumns;
  }

  /** Reads what is needed to know the columns of these nodes, through stars into the nodes above them. */
  async prepare(nodes: readonly IndexNode[]): Promise<void> {
    const seen = new Set<string>();
    const sources = new Set<string>();
    let next = [...nodes];
    while (next.length > 0) {
      const here = next.filter((node) => !seen.has(node.uniqueId) && /\.(?:sql|csv)$/.test(node.path));
      for (const node of here) {
        seen.add(node.uniqueId);
      }
      for (const node of next.filter(({ resourceType }) => resourceType === "source")) {
        sources.add(node.uniqueId);
      }
      await Promise.all(here.map((node) => this.load(node.path)));
      next = here.flatMap((node) => this.starred(node));
    }
    const asking = this.ask([...sources, ...seen]);
    // The types of what is built are there for the next question; only a source has no columns without the session.
    if (sources.size > 0) {
      await inTime(asking);
    }
  }

  private async ask(nodes: readonly string[]): Promise<void> {
    const wanted = nodes.filter((uniqueId) => !this.told.has(uniqueId));
    if (wanted.length === 0 || this.readColumns === null) {
      return;
    }
    const asked = this.asked;
    for (const uniqueId of wanted) {
      this.told.set(uniqueId, unknownColumns);
    }
    const told = await this.readColumns(wanted);
    if (asked === this.asked) {
      for (const [uniqueId, columns] of told) {
        this.told.set(uniqueId, columns);
      }
      this.known.clear();
    }
  }

  private starred(node: IndexNode): IndexNode[] {
    const text = this.texts.get(node.path);
    const query = text && node.path.endsWith(".sql") ? queriesOf(text).at(-1) : undefined;
    if (!query) {
      return [];
    }
    return allSelects(query)
      .filter((select) => select.items.some((item) => item.star) || select.items.length === 0)
      .flatMap((select) => select.relations.flatMap(({ target }) => nodeOf(this.lookup(), target, node.path) ?? []));
  }

  private load(path: string): Promise<void> {
    if (this.texts.has(path)) {
      return Promise.resolve();
    }
    const running =
      this.reading.get(path) ??
      this.read(path)
        .then((text) => {
          this.texts.set(path, text);
          this.known.clear();
        })
        .finally(() => this.reading.delete(path));
    this.reading.set(path, running);
    return running;
  }

  /** The session knows other columns than before. */
  forgetTold(): void {
    this.asked += 1;
    this.told.clear();
    this.known.clear();
  }

  /** A file has another text, or (without a path) the project's graph is another. */
  forget(path: string | null = null): void {
    this.known.clear();
    if (path === null) {
      this.texts.clear();
      this.forgetTold();
    } else {
      this.texts.delete(path);
    }
  }
}

/** In the order of the SQL; what the YAML says of a column goes before what comes from upstream. */
function merged(node: IndexNode, described: Columns, selected: Columns): Columns {
  const list: Column[] = selected.list.map((column) => {
    const said = described.list.find((one) => sameName(one.name, column.name));
    return {
      name: said?.name ?? column.name,
      type: said?.type ?? column.type,
      description: said?.description || column.description,
      origin: { nodeId: node.uniqueId, column: said?.name ?? column.name },
    };
  });
  const others = described.list.filter((column) => !list.some((one) => sameName(one.name, column.name)));
  return { list: [...list, ...others], complete: selected.complete };
}

/** Types of the warehouse where the project's own texts tell none. */
function typed(columns: Columns, told: Columns): Columns {
  const types = new Map(told.list.map(({ name, type }) => [name.toLowerCase(), type]));
  const list = columns.list.map((column) =>
    column.type === null ? { ...column, type: types.get(column.name.toLowerCase()) ?? null } : column,
  );
  return { ...columns, list };
}
