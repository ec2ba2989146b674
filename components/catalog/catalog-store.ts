import { toErrorBody } from "@/components/api";
import { Store } from "@/components/shell";
import type { ErrorBody, PreviewWhat } from "@/server/contract";
import { type Columns, keyOfRelation, type Listed, type Relation } from "./tree";

export interface CatalogState {
  /** Null before it was read for the first time. */
  readonly listed: Listed | null;
  readonly loading: boolean;
  readonly error: ErrorBody | null;
  /** The policy's limit cut the list. */
  readonly limited: boolean;
  readonly columns: ReadonlyMap<string, Columns>;
  readonly open: ReadonlySet<string>;
  readonly filter: string;
}

/** Reads what a preview shows, as texts. Throws an ErrorBody. */
export type ReadNames = (
  what: PreviewWhat,
  signal: AbortSignal,
) => Promise<{ rows: readonly (readonly (string | null)[])[]; limited: boolean }>;

const empty: CatalogState = {
  ...{ listed: null, loading: false, error: null, limited: false },
  ...{ columns: new Map(), open: new Set(), filter: "" },
};
/** More databases, or more schemas of all databases, begin folded. */
const mostUnfolded = 3;

/** The names of one environment's warehouse. They are kept in this page's memory and nowhere else. */
export class CatalogStore {
  readonly store = new Store<CatalogState>(empty);
  private reading: AbortController | null = null;
  private environment: string | null = null;

  constructor(private readonly read: ReadNames) {}

  /** Shows the catalog of an environment; another one's names are forgotten. */
  show(environmentId: string): void {
    if (this.environment !== environmentId) {
      this.environment = environmentId;
      this.reading?.abort();
      this.store.set(empty);
    }
    const { listed, loading, error } = this.store.get();
    if (listed === null && !loading && error === null) {
      void this.refresh();
    }
  }

  /** Reads the relations again; columns are read again when they are next looked at. */
  async refresh(): Promise<void> {
    this.reading?.abort();
    const own = new AbortController();
    this.reading = own;
    this.store.update((state) => ({ ...state, loading: true, error: null }));
    try {
      const { rows, limited } = await this.read({ kind: "catalog" }, own.signal);
      const listed = listedOf(rows);
      this.store.update((state) => {
        const open = state.listed === null ? firstOpen(listed) : state.open;
        return { ...state, listed, limited, open, columns: new Map(), loading: false };
      });
      for (const relation of listed.relations.filter((one) => this.store.get().open.has(keyOfRelation(one)))) {
        void this.readColumns(relation);
      }
    } catch (error) {
      if (!own.signal.aborted) {
        this.store.update((state) => ({ ...state, loading: false, error: toErrorBody(error) }));
      }
    }
  }

  filter(filter: string): void {
    this.store.update((state) => ({ ...state, filter }));
  }

  /** Folds or unfolds a database, a schema or a relation. */
  toggle(key: string, relation: Relation | null = null): void {
    this.store.update((state) => {
      const open = new Set(state.open);
      if (!open.delete(key)) open.add(key);
      return { ...state, open };
    });
    if (relation !== null && this.store.get().open.has(key)) {
      void this.readColumns(relation);
    }
  }

  /** The columns of a relation, read when they are not known. Empty when they could not be read. */
  async readColumns(relation: Relation): Promise<Extract<Columns, readonly unknown[]>> {
    const key = keyOfRelation(relation);
    const known = this.store.get().columns.get(key);
    if (known !== undefined && known !== "loading" && !("failed" in known)) {
      return known;
    }
    this.setColumns(key, "loading");
    try {
      const { database, schema, name } = relation;
      const what = { kind: "catalogColumns", database, schema, name } as const;
      const { rows } = await this.read(what, this.reading?.signal ?? new AbortController().signal);
      const columns = rows.map(([column, type]) => ({ name: column ?? "", type: type ?? "" }));
      this.setColumns(key, columns);
      return columns;
    } catch (error) {
      this.setColumns(key, { failed: toErrorBody(error).message });
      return [];
    }
  }

  private setColumns(key: string, columns: Columns): void {
    this.store.update((state) => ({ ...state, columns: new Map(state.columns).set(key, columns) }));
  }
}

/** Relations and schemas of the rows that the warehouse's catalog gave: a schema is a row without a name. */
function listedOf(rows: readonly (readonly (string | null)[])[]): Listed {
  const relations: Relation[] = [];
  const schemas: Listed["schemas"][number][] = [];
  for (const [database = null, schema, name = null, kind] of rows) {
    const place = { database, schema: schema ?? "" };
    if (name === null) schemas.push(place);
    else relations.push({ ...place, name, kind: kindOf(kind ?? "") });
  }
  return { relations, schemas };
}

function kindOf(kind: string): string {
  const name = kind.toLowerCase();
  return name === "base table" ? "table" : name;
}

/** Few databases begin unfolded, and few schemas. */
function firstOpen({ relations, schemas: bare }: Listed): Set<string> {
  const databases = new Set<string>();
  const schemas = new Set<string>();
  for (const { database, schema } of [...relations, ...bare]) {
    databases.add(database ?? "");
    schemas.add(`${database ?? ""}\u001f${schema}`);
  }
  return new Set([databases, schemas].flatMap((names) => (names.size > mostUnfolded ? [] : [...names])));
}
