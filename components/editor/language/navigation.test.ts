import { expect, test } from "vitest";
import { hoverAt } from "./hover";
import { definitionAt, neighboursOfFile } from "./navigation";
import { at, shop, shopView, sqlFile } from "./project-for-tests";
import { referencesIn } from "./references";
import { symbolsOf } from "./symbols";
import { type SourceFile, thingAt } from "./things";
import { variablesIn } from "./variables";

const texts: Record<string, string> = {
  "models/orders.sql": "select\n  id as order_id\nfrom x",
  "models/docs.md": "# Docs\n{% docs order_status %}x{% enddocs %}",
  "dbt_project.yml":
    "name: shop\nvars:\n  # The first\n  # day.\n  start_date: '2020-01-01'\n  shop:\n    start_date: 2021-01-01\n    steps: [1, 2]\n",
  "models/sources.yml": "version: 2\nsources:\n  - name: raw\n    tables:\n      - name: orders\n",
};
const read = (path: string) => Promise.resolve(texts[path] ?? null);
const definition = (marked: string, file: Partial<SourceFile> = {}) => {
  const { text, offset } = at(marked);
  return definitionAt(shopView, { ...sqlFile(text), ...file }, { offset, read });
};
const hover = (marked: string, file: Partial<SourceFile> = {}) => {
  const { text, offset } = at(marked);
  const lastPreview = () => ({ status: "success", at: "an hour ago" });
  const variables = variablesIn(texts["dbt_project.yml"] ?? "", new Set(["shop"]));
  return hoverAt(shopView, { ...sqlFile(text), ...file }, { offset, lastPreview, variables })?.markdown;
};
/** Every place of the thing under `|`, as the text with the places in brackets. */
function references(marked: string, file: Partial<SourceFile> = {}): string {
  const { text, offset } = at(marked);
  const source = { ...sqlFile(text), ...file };
  const thing = thingAt(shopView, source, offset)?.thing;
  let shown = text;
  for (const { start, end } of thing ? referencesIn(shopView, source, thing).reverse() : []) {
    shown = `${shown.slice(0, start)}[${shown.slice(start, end)}]${shown.slice(end)}`;
  }
  return shown;
}

test("go to definition: models, sources, macros, variables, docs blocks, columns, CTEs", async () => {
  expect(await definition("from {{ ref('ord|ers') }}")).toMatchObject({ path: "models/orders.sql", line: 1 });
  expect(await definition("from {{ ref('prices', v=1|) }}")).toBeNull();
  expect(await definition("from {{ ref('pri|ces', v=1) }}")).toMatchObject({ path: "models/prices_v1.sql" });
  expect(await definition("from {{ source('raw', 'ord|ers') }}")).toMatchObject({
    path: "models/sources.yml",
    line: 4,
  });
  expect(await definition("from {{ source('r|aw', 'orders') }}")).toMatchObject({ line: 3, column: 11 });
  expect(await definition("{{ ce|nts('a') }}")).toMatchObject({ path: "macros/cents.sql", line: 3 });
  expect(await definition("{{ var('start|_date') }}")).toMatchObject({ path: "dbt_project.yml", line: 5, column: 3 });
  expect(await definition("{{ doc('order|_status') }}")).toMatchObject({ path: "models/docs.md", line: 2 });
  expect(await definition("select o.order|_id from {{ ref('orders') }} o")).toMatchObject({
    path: "models/orders.sql",
    line: 2,
    column: 9,
  });
  expect(await definition("with a as (select 1 as x)\nselect * from |a")).toMatchObject({
    path: "models/late.sql",
    line: 1,
    column: 6,
  });
  expect(await definition("with a as (select 1 as x)\nselect |x from a")).toMatchObject({ line: 1, column: 24 });
  expect(await definition("{{ ref('calen|dar') }}")).toBeNull();
  expect(await definition("{{ dbt_utils.st|ar(x) }}")).toBeNull();
});

test("hover cards say what is named, with owner, tests, runs and columns", () => {
  const card = hover("from {{ ref('ord|ers') }}");
  for (const part of [
    "**orders**",
    "One row per order",
    "| `order_id` | bigint |",
    "Owner: Ada",
    "Tests: 1 (unique)",
    "Last preview: success",
  ]) {
    expect(card).toContain(part);
  }
  expect(hover("from {{ source('raw', 'ord|ers') }}")).toContain("Freshness: warns after 12 hours");
  expect(hover("select o.order|_id from {{ ref('orders') }} o")).toMatch(/bigint[\s\S]*Key[\s\S]*Tests: unique/);
  expect(hover("{{ ref('no|thing') }}")).toContain("There is no model named **nothing**");
  expect(hover("{{ ce|nts('a') }}")).toContain("shop.cents(column, digits=2)");
  expect(hover("with a as (select order_id as x from {{ ref('orders') }}) select * from |a")).toContain(
    "| `x` | bigint |",
  );
  expect(hover("with a as (select order_id as x from {{ ref('orders') }}) select |x from a")).toContain(
    "`orders.order_id`",
  );
  expect(hover("{{ var('start|_date') }}")).toBe(
    "**start\\_date**  \nproject variable\n\n`2020-01-01`  \n`2021-01-01` in shop\n\nThe first day.",
  );
  expect(hover("{{ var('no|where') }}")).toContain("does not set");
  expect(hover("{{ doc('order|_status') }}")).toContain("Where it stands.");
  expect(hover("select coal|esce(a, b)")).toContain("coalesce(first, second, ...)");
  expect(hover("select |nothing_known")).toBeUndefined();
  const schema = { path: "models/schema.yml", language: "dbt-yaml" } as const;
  expect(hover("models:\n  - name: orders\n    columns:\n      - name: order|_id", schema)).toContain("bigint");
  expect(hover("models:\n  - name: a\n    data_tests:\n      - posi|tive", schema)).toContain("shop.test_positive");
});

test("references of models, macros and variables in SQL and YAML", () => {
  expect(references("{{ ref('ord|ers') }} {{ ref('customers') }} {{ source('raw', 'orders') }}")).toBe(
    "{{ ref('[orders]') }} {{ ref('customers') }} {{ source('raw', 'orders') }}",
  );
  expect(references("{% macro default__cents(x) %}{% endmacro %}{{ ce|nts(1) }}")).toContain("{{ [cents](1) }}");
  expect(
    references("models:\n  - name: ord|ers\nexposures:\n  - name: x\n    depends_on: [ref('orders')]", {
      path: "a.yml",
      language: "dbt-yaml",
    }),
  ).toBe("models:\n  - name: [orders]\nexposures:\n  - name: x\n    depends_on: [ref('[orders]')]");
});

test("references of a CTE: its name, where it is read, its columns' qualifier, but not a CTE of that name elsewhere", () => {
  expect(
    references(
      "with |a as (select 1 as x), b as (with a as (select 2 as x) select a.x from a) select a.x, a.* from a join b on a.x = b.x",
    ),
  ).toBe(
    "with [a] as (select 1 as x), b as (with a as (select 2 as x) select a.x from a) select [a].x, [a].* from [a] join b on [a].x = b.x",
  );
  expect(references("with |a as (select 1) select c.x from a as c")).toBe(
    "with [a] as (select 1) select c.x from [a] as c",
  );
});

test("references of a column: by alias, without one, and not the same name of another relation", () => {
  expect(
    references(
      "select o.order|_id, order_id, c.customer_id from {{ ref('orders') }} o join {{ ref('customers') }} c on o.order_id = c.order_id",
    ),
  ).toBe(
    "select o.[order_id], [order_id], c.customer_id from {{ ref('orders') }} o join {{ ref('customers') }} c on o.[order_id] = c.order_id",
  );
  expect(references("with a as (select 1 as |x) select a.x, y as x from a", {})).toBe(
    "with a as (select 1 as [x]) select a.[x], y as x from a",
  );
});

test("who uses a node, and everything with a name", () => {
  expect(shop.usedBy("model.shop.orders").map((user) => user.name)).toEqual(["customers", "unique_orders_order_id"]);
  expect(symbolsOf(shop).map((symbol) => `${symbol.kind} ${symbol.name}`)).toEqual(
    expect.arrayContaining(["model orders", "source raw.orders", "macro cents", "column order_id", "column id"]),
  );
});

test("the neighbours of a file: of a model, of YAML that defines sources, of none", () => {
  const of = (path: string) => {
    const found = neighboursOfFile(shop, path);
    return found && [found.described, found.above, found.below].map((nodes) => nodes.map(({ name }) => name));
  };
  expect(of("models/orders.sql")).toEqual([[], ["orders"], ["customers"]]);
  expect(of("models/sources.yml")).toEqual([[], [], ["orders"]]);
  expect(of("models/schema.yml")).toBeNull();
  expect(of("README.md")).toBeNull();
});
