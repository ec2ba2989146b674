import { TokenReader } from "./sql-reader";
import type { ColumnUse, TypeHint } from "./sql-tree";

/** Functions whose result has one type, whatever they are given. */
const resultTypes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    bigint: "count count_if countif approx_count_distinct row_number rank dense_rank ntile datediff date_diff",
    boolean: "bool_and bool_or boolor_agg booland_agg exists starts_with ends_with startswith endswith regexp_like",
    date: "current_date make_date",
    text: "lower upper trim ltrim rtrim concat concat_ws replace substr substring left right lpad rpad initcap repeat reverse split_part regexp_replace string_agg listagg group_concat md5 sha256 to_char strftime format_date",
    "double precision": "sqrt ln exp stddev stddev_samp stddev_pop corr percent_rank cume_dist",
  }).flatMap(([type, names]) => names.split(" ").map((name): [string, string] => [name, type])),
);
/** Functions that give back a value of their first argument, and those that give back any of their arguments. */
const firstPassing = new Set(
  "nullif min max any_value arbitrary first last first_value last_value nth_value lag lead max_by min_by arg_max arg_min mode abs".split(
    " ",
  ),
);
const anyPassing = new Set("coalesce ifnull nvl greatest least".split(" "));
const comparisons = new Set(["=", "<>", "!=", "<", ">", "<=", ">="]);
const conditions = new Set("and or not is in like ilike between isnull notnull exists".split(" "));
/** What may stand after a call that is still its value. */
const windows = new Set(["over", "filter"]);

/** What an expression of a select list says of its own type, without knowing any relation. It guesses at nothing: null where it does not say. */
export class TypeReader extends TokenReader {
  /** The type of the tokens from `from` up to `to`; `uses` are the columns in them. */
  protected typeOf(from: number, to: number, uses: readonly ColumnUse[]): TypeHint | null {
    if (to <= from) {
      return null;
    }
    if (this.isSign(from, "(") && this.closing.get(from) === to - 1) {
      return this.startsQuery(from + 1) ? null : this.typeOf(from + 1, to - 1, uses);
    }
    if (this.isCondition(from, to)) {
      return named("boolean");
    }
    const cast = this.castOf(from, to);
    if (cast !== null) {
      return named(cast);
    }
    if (this.word(from) === "case" && this.word(to - 1) === "end") {
      return this.typeOfCase(from, to, uses);
    }
    return this.typeOfCall(from, to, uses) ?? this.typeOfValue(from, to, uses);
  }

  /** `x::integer` and `cast(x as integer)`. */
  private castOf(from: number, to: number): string | null {
    const isCast = /^(?:try_|safe_)?cast$/.test(this.word(from) ?? "") && this.closing.get(from + 1) === to - 1;
    for (let at = to - 1; at > from; at -= 1) {
      if (isCast ? this.word(at) === "as" : this.isSign(at, "::")) {
        const type = this.tokens.slice(at + 1, isCast ? to - 1 : to);
        return type.length > 0 && type.length < 7
          ? type
              .map(({ text }, index) =>
                /^\w/.test(text) && /\w$/.test(type[index - 1]?.text ?? "") ? ` ${text}` : text,
              )
              .join("")
              .toLowerCase()
          : null;
      }
      if (
        !isCast &&
        !/^(?:word|number)$/.test(this.tokens[at]?.kind ?? "") &&
        !/^[(),]$/.test(this.tokens[at]?.text ?? "")
      ) {
        return null;
      }
    }
    return null;
  }

  /** Whether an operator outside of all brackets and of `case … end` makes it true or false. */
  private isCondition(from: number, to: number): boolean {
    let cases = 0;
    for (let at = from; at < to; at += 1) {
      const word = this.word(at);
      cases += word === "case" ? 1 : word === "end" ? -1 : 0;
      if (cases === 0 && !this.isMember(at)) {
        const token = this.tokens[at];
        if (
          (word !== null && conditions.has(word) && !(word === "exists" && at > from)) ||
          (token?.kind === "sign" && comparisons.has(token.text))
        ) {
          return true;
        }
      }
      if (this.isSign(at, "(")) {
        at = Math.min(this.closing.get(at) ?? to, to);
      }
    }
    return false;
  }

  /** Whether a word is a part of a name: `orders.is`. */
  private isMember(at: number): boolean {
    return this.isSign(at - 1, ".") || this.isSign(at + 1, ".");
  }

  private typeOfCase(from: number, to: number, uses: readonly ColumnUse[]): TypeHint | null {
    const branches: TypeHint[] = [];
    let depth = 0;
    let start: number | null = null;
    for (let at = from; at < to; at += 1) {
      const word = this.word(at);
      const isOwn = depth === 1;
      depth += word === "case" ? 1 : word === "end" ? -1 : 0;
      if (isOwn && start !== null && (word === "when" || word === "else" || (word === "end" && depth === 0))) {
        const branch = this.typeOf(start, at, uses);
        if (branch === null) {
          return null;
        }
        branches.push(branch);
        start = null;
      }
      if (isOwn && (word === "then" || word === "else")) {
        start = at + 1;
      } else if (this.isSign(at, "(")) {
        at = Math.min(this.closing.get(at) ?? to, to - 1);
      }
    }
    return branches.length === 0 ? null : { kind: "same", of: branches };
  }

  private typeOfCall(from: number, to: number, uses: readonly ColumnUse[]): TypeHint | null {
    const name = this.word(from);
    const close = this.isSign(from + 1, "(") ? this.closing.get(from + 1) : undefined;
    if (name === null || close === undefined || !this.isWindow(close + 1, to)) {
      return null;
    }
    const type = resultTypes.get(name);
    if (type !== undefined) {
      return named(type);
    }
    if (!firstPassing.has(name) && !anyPassing.has(name)) {
      return null;
    }
    const given: TypeHint[] = [];
    let start = this.word(from + 2) === "distinct" ? from + 3 : from + 2;
    for (let at = start; at <= close; at += 1) {
      if (at === close || this.isSign(at, ",")) {
        // A number stands for what it is put in place of, which may be of any numeric type.
        const one = at === start + 1 && this.tokens[start]?.kind === "number" ? null : this.typeOf(start, at, uses);
        given.push(...(one ? [one] : []));
        if (firstPassing.has(name)) {
          return one;
        }
        start = at + 1;
      } else if (this.isSign(at, "(")) {
        at = Math.min(this.closing.get(at) ?? close, close - 1);
      }
    }
    return given.length === 0 ? null : { kind: "first", of: given };
  }

  /** Nothing, or `over (…)` and `filter (…)`, which leave a call's type as it is. */
  private isWindow(from: number, to: number): boolean {
    let at = from;
    while (at < to) {
      if (!windows.has(this.word(at) ?? "")) {
        return false;
      }
      const close = this.isSign(at + 1, "(") ? this.closing.get(at + 1) : at + 1;
      at = (close ?? to) + 1;
    }
    return at === to;
  }

  private typeOfValue(from: number, to: number, uses: readonly ColumnUse[]): TypeHint | null {
    const first = this.tokens[from];
    const end = this.tokens[to - 1]?.end;
    const use = uses.find((one) => (one.qualifier[0] ?? one.name).start === first?.start && one.name.end === end);
    if (use) {
      return { kind: "column", use };
    }
    if (to - from !== 1 || !first) {
      return null;
    }
    switch (first.kind) {
      case "string":
        return first.text.startsWith("'") && !/\{[{%]/.test(first.text) ? named("text") : null;
      case "number":
        return named(/^\d+$/.test(first.text) ? "integer" : "numeric");
      case "word":
        return /^(?:true|false)$/.test(first.text) ? named("boolean") : namedDate(first.text);
      default:
        return null;
    }
  }
}

function named(name: string): TypeHint {
  return { kind: "type", name };
}

function namedDate(word: string): TypeHint | null {
  return word === "current_date" ? named("date") : null;
}

/** The type that a hint comes to, when `typeOf` tells the types of columns; null when it is not known. */
export function typeOfHint(hint: TypeHint | null, typeOf: (use: ColumnUse) => string | null): string | null {
  switch (hint?.kind) {
    case undefined:
      return null;
    case "type":
      return hint.name;
    case "column":
      return typeOf(hint.use);
    case "first":
      for (const one of hint.of) {
        const type = typeOfHint(one, typeOf);
        if (type !== null) {
          return type;
        }
      }
      return null;
    case "same": {
      const types = new Set(hint.of.map((one) => typeOfHint(one, typeOf)));
      const [only = null] = types;
      return types.size === 1 ? only : null;
    }
  }
}
