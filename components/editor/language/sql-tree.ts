/** A name in the text. `text` is in lower case unless it is quoted. */
export interface Name {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}
/** A column as it is written: `orders.id` has the qualifier `orders`. The name is empty while only the dot is written. */
export interface ColumnUse {
  readonly qualifier: readonly Name[];
  readonly name: Name;
  readonly clause: Clause;
  readonly select: Select;
}
export type Clause =
  | "select"
  | "from"
  | "using"
  | "where"
  | "group"
  | "having"
  | "qualify"
  | "window"
  | "order"
  | "limit";
/** What an expression says of its type: the type's name, a column's own, the first known of several, or what all of them are. */
export type TypeHint =
  | { readonly kind: "type"; readonly name: string }
  | { readonly kind: "column"; readonly use: ColumnUse }
  | { readonly kind: "first" | "same"; readonly of: readonly TypeHint[] };
/** One entry of a select list. */
export interface Item {
  readonly start: number;
  readonly end: number;
  /** `*` or `orders.*`, with the names after `exclude` or `except`. */
  readonly star: { readonly qualifier: Name | null; readonly excluded: readonly Name[] } | null;
  readonly alias: Name | null;
  /** Set when the entry is nothing but a column. */
  readonly simple: ColumnUse | null;
  /** What the entry says of its own type; null when nothing. */
  readonly type: TypeHint | null;
  /** What the result's column is called; null for a star and for an expression without a name. */
  readonly output: Name | null;
}
/** Something that rows are read from. */
export interface Relation {
  readonly start: number;
  readonly end: number;
  readonly target:
    | {
        readonly kind: "ref";
        readonly name: string;
        readonly packageName: string | null;
        readonly version: string | null;
      }
    | { readonly kind: "source"; readonly sourceName: string; readonly name: string }
    | { readonly kind: "this" }
    | { readonly kind: "name"; readonly parts: readonly Name[] }
    | { readonly kind: "query"; readonly query: Query }
    | { readonly kind: "other" };
  readonly alias: Name | null;
  readonly columnAliases: readonly Name[] | null;
}
export interface Select {
  readonly query: Query;
  start: number;
  end: number;
  readonly items: Item[];
  readonly relations: Relation[];
  readonly uses: ColumnUse[];
  /** Queries in its expressions, like `in (select …)`. */
  readonly children: Query[];
  /** Where each clause begins, in order. */
  readonly clauses: { clause: Clause; start: number }[];
  /** A pivot or the like: its columns are not what the relations have. */
  reshaped: boolean;
}
export interface QueryCte {
  readonly name: Name;
  readonly columns: readonly Name[] | null;
  readonly query: Query;
  /** From the name to the closing bracket. */
  readonly start: number;
  readonly end: number;
  /** False while its closing bracket is not written. */
  readonly closed: boolean;
}
/** A select, or several with `union` between them, with the CTEs before. */
export interface Query {
  readonly parent: Query | null;
  /** The select in whose expressions this query stands. */
  readonly outer: Select | null;
  readonly ctes: QueryCte[];
  readonly selects: Select[];
  readonly start: number;
  end: number;
}
