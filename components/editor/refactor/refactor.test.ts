import { expect, test } from "vitest";
import type { IndexNode } from "@/server/contract";
import { applyTextEdits } from "@/server/contract";
import { LanguageService, type ProjectFile } from "../language/language-service";
import { node, shopIndex } from "../language/project-for-tests";
import { ProjectLookup } from "../language/project-lookup";
import { extractableName, planExtractCte, planExtractModel } from "./extract";
import { formFor } from "./forms";
import { inlineTarget, planInlineModel } from "./inline-model";
import type { Plan, Refusal } from "./plan";
import { planRename, type RenameOptions, renameTarget } from "./rename";
import { planStagingModel, stagingPlace, stagingTarget } from "./staging-model";
import { planSqlToModel, planUseRefs } from "./use-refs";

const schema = `version: 2
models:
  # the facts
  - name: orders
    description: "{{ doc('order_status') }}"  # kept
    columns:
      - name: order_id
        data_tests: [unique]
      - name: total
  - name: late
    columns:
      - name: order_id
        data_tests:
          - relationships:
              to: ref('orders')
              field: order_id
unit_tests:
  - name: adds
    model: late
    given:
      - input: ref('orders')
        rows:
          - {order_id: 1, total: 2}
    expect:
      rows:
        - {order_id: 1}
`;
const sources = `sources:
  - name: raw
    tables:
      - name: orders # of the shop
        columns:
          - name: id
`;
const files: Record<string, string> = {
  "dbt_project.yml": "name: shop\nmodels:\n  shop:\n    orders:\n      +tags: x\n",
  "models/schema.yml": schema,
  "models/sources.yml": sources,
  "models/orders.sql":
    "{{ config(unique_key='order_id') }}\nwith src as (\n    select id as order_id, total from {{ source('raw', 'orders') }}\n)\nselect * from src order by order_id\n",
  "models/late.sql":
    "with o as (select * from {{ ref('orders') }}), n as (\n    select o.order_id, {{ cents('total') }} as paid from o where order_id > 1\n)\nselect order_id, paid from n\n",
  "models/report.sql":
    "select l.order_id, x.order_id as other from {{ ref('late') }} l join {{ ref('customers') }} x on true\n",
  "models/customers.sql": "select 1 as customer_id, 2 as order_id\n",
  "macros/cents.sql":
    "{% macro cents(column) %}{{ return(adapter.dispatch('cents')(column)) }}{% endmacro %}\n{% macro default__cents(column) %}{{ column }}{% endmacro %}",
  "models/tiny.sql": "{{ config(materialized='ephemeral') }}\nselect 1 as a\n",
  "models/uses_tiny.sql":
    "with tiny as (\n    select * from {{ ref('tiny') }}\n)\nselect tiny.a, t.a as b from tiny join {{ ref('tiny') }} t on true\n",
};
const columns = (...names: string[]) => names.map((name) => ({ name, type: null, description: "" }));
const nodes: IndexNode[] = [
  ...shopIndex.nodes.filter(({ name }) => name !== "orders" && name !== "customers"),
  node("orders", {
    patchPath: "models/schema.yml",
    columns: columns("order_id", "total"),
    dependsOn: ["source.shop.raw.orders"],
  }),
  node("late", { patchPath: "models/schema.yml", columns: columns("order_id"), dependsOn: ["model.shop.orders"] }),
  node("report", { dependsOn: ["model.shop.late", "model.shop.customers"] }),
  node("customers"),
  node("tiny", { materialized: "ephemeral", relation: null }),
  node("uses_tiny", { dependsOn: ["model.shop.tiny"] }),
  node("orders", {
    uniqueId: "source.shop.raw.orders",
    resourceType: "source",
    relation: '"db"."raw"."orders"',
    sourceName: "raw",
    path: "models/sources.yml",
    columns: columns("id", "total"),
  }),
];
const defaultCents = {
  ...shopIndex.macros[0],
  uniqueId: "macro.shop.default__cents",
  name: "default__cents",
} as (typeof shopIndex.macros)[0];
const lookup = new ProjectLookup({ ...shopIndex, nodes, macros: [...shopIndex.macros, defaultCents] });
const asFile = (path: string): ProjectFile => ({ path, text: files[path] ?? "", version: "1" });
const host: ConstructorParameters<typeof LanguageService>[0] = {
  lookup: () => lookup,
  known: () => Promise.resolve(),
  read: (path) => Promise.resolve(files[path] ?? null),
  texts: ({ words, paths }) =>
    Promise.resolve({
      limited: false,
      files: Object.keys(files)
        .filter((path) => paths.includes(path) || words.some((word) => files[path]?.includes(word)))
        .map(asFile),
    }),
  previews: { prepare: async () => {}, of: () => null },
  usage: { of: () => 0, note: () => undefined },
};
const service = new LanguageService(host);
const own = (path: string) => service.file(path, files[path] ?? "");

/** Each changed file with its text after the chosen edits, and what happens to files. */
function outcome(plan: Plan): Record<string, string> {
  const after: Record<string, string> = {};
  for (const { path, text } of plan.texts.values()) {
    const edits = plan.edits.filter((edit) => edit.path === path && edit.chosen);
    after[path] = applyTextEdits(text, edits)?.text ?? "overlap";
  }
  for (const file of plan.files) {
    after[`${file.kind} ${file.path}`] = file.kind === "rename" ? file.newPath : file.text;
  }
  return after;
}
async function rename(path: string, at: string, name: string, options: RenameOptions = { downstream: "rename" }) {
  const offset = (files[path] ?? "").indexOf(at) + at.length - 1;
  const { thing } = await renameTarget(service, own(path), offset);
  return planRename(service, own(path), { thing, name, ...options });
}

test("a model: its file, refs, YAML with comments in place, configuration by folder, unit tests", async () => {
  const plan = await rename("models/late.sql", "ref('orders", "facts");
  const after = outcome(plan);
  expect(after["models/late.sql"]).toContain("ref('facts')");
  expect(after["models/orders.sql"]).toBeUndefined();
  expect(after["rename models/orders.sql"]).toBe("models/facts.sql");
  expect(after["models/schema.yml"]).toBe(
    schema.replace("- name: orders", "- name: facts").replaceAll("ref('orders')", "ref('facts')"),
  );
  expect(after["dbt_project.yml"]).toContain("    facts:\n");
  expect(plan.warnings[0]).toContain("stays there");
  await expect(rename("models/late.sql", "ref('orders", "customers")).rejects.toThrow("already");
  await expect(rename("models/late.sql", "ref('orders", "not a name")).rejects.toThrow("letters");
});

test("a source table and a source keep reading what they read", async () => {
  const table = outcome(await rename("models/orders.sql", "'raw', 'orders", "bought"));
  expect(table["models/orders.sql"]).toContain("source('raw', 'bought')");
  expect(table["models/sources.yml"]).toContain(
    "- name: bought # of the shop\n        identifier: orders\n        columns:",
  );
  const source = outcome(await rename("models/orders.sql", "source('raw", "shop_raw"));
  expect(source["models/sources.yml"]).toContain("- name: shop_raw\n    schema: raw\n    tables:");
});

test("a macro with what it dispatches to; a CTE", async () => {
  const macro = outcome(await rename("models/late.sql", "cents", "in_cents"));
  expect(macro["macros/cents.sql"]).toBe((files["macros/cents.sql"] ?? "").replaceAll("cents", "in_cents"));
  expect(macro["models/late.sql"]).toContain("in_cents('total')");
  const cte = outcome(await rename("models/late.sql", "with o", "placed"));
  expect(cte["models/late.sql"]).toBe(
    (files["models/late.sql"] ?? "")
      .replace("with o", "with placed")
      .replace("o.order_id", "placed.order_id")
      .replace("from o ", "from placed "),
  );
});

test("a column from where it is made through every model that passes it on", async () => {
  const plan = await rename("models/orders.sql", "id as order_id", "order_key");
  const after = outcome(plan);
  expect(after["models/orders.sql"]).toBe(
    "{{ config(unique_key='order_key') }}\nwith src as (\n    select id as order_key, total from {{ source('raw', 'orders') }}\n)\nselect * from src order by order_key\n",
  );
  expect(after["models/late.sql"]).toBe(
    "with o as (select * from {{ ref('orders') }}), n as (\n    select o.order_key, {{ cents('total') }} as paid from o where order_key > 1\n)\nselect order_key, paid from n\n",
  );
  expect(after["models/report.sql"]).toBe(
    "select l.order_key, x.order_id as other from {{ ref('late') }} l join {{ ref('customers') }} x on true\n",
  );
  expect(after["models/schema.yml"]).toBe(schema.replaceAll("order_id", "order_key"));
  expect(after["models/customers.sql"]).toBeUndefined();
});

test("the file that a column is renamed from changes although the graph does not know yet that it reads the model", async () => {
  const path = "models/scratch.sql";
  files[path] = "select c.customer_id from {{ ref('customers') }} c\n";
  const after = outcome(await rename(path, "c.customer", "buyer_id"));
  expect(after[path]).toBe("select c.buyer_id from {{ ref('customers') }} c\n");
  expect(after["models/customers.sql"]).toContain("1 as buyer_id");
  delete files[path];
});

test("a column that downstream keeps its old name stops at the first model that names it", async () => {
  const after = outcome(await rename("models/orders.sql", "id as order_id", "order_key", { downstream: "keep" }));
  expect(after["models/late.sql"]).toContain(
    "select o.order_key as order_id, {{ cents('total') }} as paid from o where order_key > 1\n)\nselect order_id, paid from n",
  );
  expect(after["models/report.sql"]).toBeUndefined();
  expect(after["models/schema.yml"]).toContain("field: order_key");
  expect(after["models/schema.yml"]).toContain("- name: late\n    columns:\n      - name: order_id");
});

test("a column that comes from upstream gets its new name here; arguments of macros are offered, not changed", async () => {
  const late = outcome(await rename("models/late.sql", "o.order_id", "key"));
  expect(late["models/orders.sql"]).toContain("id as key");
  const plan = await rename("models/orders.sql", "total", "amount");
  expect(outcome(plan)["models/orders.sql"]).toContain("total as amount from {{ source('raw', 'orders') }}");
  const offered = plan.edits.filter(({ chosen }) => !chosen);
  expect(offered.map(({ path, note }) => `${path}: ${note}`)).toEqual([
    "models/late.sql: perhaps, as an argument of cents",
  ]);
});

test("a query is extracted to a CTE before the one that uses it, or as the first", () => {
  const text = "with a as (select 1)\nselect * from (select 2 as b) x where x.b in (select 3)\n";
  const extracted = (selected: string, name = "part") => {
    const file = service.file("models/new.sql", text);
    const start = text.indexOf(selected);
    return outcome(planExtractCte(file, { selection: { start, end: start + selected.length }, name }))[
      "models/new.sql"
    ];
  };
  expect(extracted("(select 2 as b)")).toBe(
    "with a as (select 1),\n\npart as (\n    select 2 as b\n)\nselect * from part x where x.b in (select 3)\n",
  );
  expect(extracted("select 3")).toContain("x.b in (select * from part)");
  expect(() => extracted("(select 2 as b)", "a")).toThrow("already");
  expect(() => extracted("2 as b")).toThrow("Select a whole query");
  expect(() => extracted("select 1")).toThrow("a CTE already");
});

test("a CTE around the cursor gives a model its name, and is none to be extracted again", () => {
  const file = own("models/late.sql");
  const at = (text: string) => ({ start: file.text.indexOf(text), end: file.text.indexOf(text) });
  expect(extractableName(file, at("o.order_id"), "model")).toBe("n");
  expect(() => extractableName(file, at("o.order_id"), "cte")).toThrow("a CTE already");
  expect(() => extractableName(file, at("select order_id, paid"), "cte")).toThrow("Select a query");
});

test("a CTE becomes a model with the CTEs that it reads", () => {
  const file = own("models/late.sql");
  const at = file.text.indexOf("o.order_id");
  const after = outcome(
    planExtractModel(service, file, { selection: { start: at, end: at }, name: "numbers", folder: "models/" }),
  );
  expect(after["create models/numbers.sql"]).toBe(
    "with o as (select * from {{ ref('orders') }})\n\nselect o.order_id, {{ cents('total') }} as paid from o where order_id > 1\n",
  );
  expect(after["models/late.sql"]).toContain("n as (\n    select * from {{ ref('numbers') }}\n)");
});

test("tables of the warehouse become refs and sources", async () => {
  const file = service.file(
    "models/new.sql",
    'select * from db.main.customers c join RAW."orders" o on true join x.y on true',
  );
  const plan = planUseRefs(service, file);
  expect(outcome(plan)["models/new.sql"]).toBe(
    "select * from {{ ref('customers') }} c join {{ source('raw', 'orders') }} o on true join x.y on true",
  );
  expect(plan.warnings).toEqual(["x.y is neither a model nor a source of this project."]);
  const sql =
    "with c as (select 1) select * from c join raw.items i on true join main.late l on true join Crm.People p on true;";
  const after = outcome(await planSqlToModel(service, { sql, name: "pasted", folder: "models/new" }));
  expect(after["create models/new/pasted.sql"]).toBe(
    "with c as (select 1) select * from c join {{ source('raw', 'items') }} i on true join {{ ref('late') }} l on true join {{ source('Crm', 'People') }} p on true\n",
  );
  expect(after["models/sources.yml"]).toBe(`${sources.trimEnd()}\n      - name: items\n`);
  expect(after["create models/new/_Crm__sources.yml"]).toContain("- name: Crm\n    tables:\n      - name: People\n");
});

test("a table of another environment is offered as the model of its name, and not replaced unasked", async () => {
  const file = service.file(
    "models/new.sql",
    "select * from prod.customers c join late on true join customers on true",
  );
  const plan = planUseRefs(service, file);
  expect(outcome(plan)["models/new.sql"]).toBe(file.text);
  expect(plan.edits.map(({ text, note }) => `${text} ${note}`)).toEqual([
    '{{ ref(\'customers\') }} perhaps: built here as "db"."main"."customers"',
    '{{ ref(\'late\') }} perhaps: built here as "db"."main"."late"',
    '{{ ref(\'customers\') }} perhaps: built here as "db"."main"."customers"',
  ]);
  expect(() => planUseRefs(service, service.file("models/late.sql", "select * from late"))).toThrow("names no table");
  const sql = "select * from prod.customers c join late on true join nowhere on true";
  const pasted = await planSqlToModel(service, { sql, name: "pasted", folder: "models" });
  expect(outcome(pasted)["create models/pasted.sql"]).toBe(
    "select * from {{ source('prod', 'customers') }} c join {{ ref('late') }} on true join nowhere on true\n",
  );
  expect(pasted.warnings).toEqual([
    "prod.customers becomes a source. If it is models/customers.sql, write {{ ref('customers') }} instead.",
    "late has no schema, so it is taken for models/late.sql.",
    "nowhere has no schema, so it stays as it is.",
  ]);
});

test("what is extracted brings the Jinja variables that it uses, and says what it cannot see", () => {
  const text =
    "{% set low = 1 %}\n{% set high = low + 1 %}\n{% set other = 3 %}\nselect * from {{ ref('late') }} as l\nwhere exists (select 1 from {{ ref('orders') }} as o where o.order_id = l.order_id and total < {{ high }})\n";
  const file = service.file("models/new.sql", text);
  const start = text.indexOf("select 1 from");
  const selection = { start, end: text.indexOf(")\n", start) };
  const model = planExtractModel(service, file, { selection, name: "numbers", folder: "models" });
  expect(outcome(model)["create models/numbers.sql"]).toBe(
    "{% set low = 1 %}\n{% set high = low + 1 %}\n\nselect 1 from {{ ref('orders') }} as o where o.order_id = l.order_id and total < {{ high }}\n",
  );
  expect(model.warnings).toEqual(["It reads l of the query around it, which it does not see from its new place."]);
  expect(planExtractCte(file, { selection, name: "part" }).warnings).toEqual(model.warnings);
});

test("names and folders that dbt could not use, and SQL that is no model, are refused at their field", async () => {
  const said = async (answers: { sql?: string; name?: string; folder?: string }) => {
    const error = await planSqlToModel(service, { sql: "select 1", name: "fresh", folder: "models", ...answers }).then(
      () => null,
      (thrown: Refusal) => thrown,
    );
    return error && `${error.field}: ${error.message}`;
  };
  expect(await said({ name: "" })).toBe("name: Type the new name of the model.");
  expect(await said({ name: "late" })).toBe("name: The project has a model named late already (models/late.sql).");
  expect(await said({ name: "x".repeat(251) })).toBe("name: Use at most 250 characters.");
  const folder = "folder: Choose a folder of models: models, or one inside.";
  for (const wrong of [
    "",
    "/",
    "macros",
    "target",
    "../x",
    "models/../x",
    "/etc",
    "models//x",
    "models/.git",
    "models\\x",
  ]) {
    expect(await said({ folder: wrong })).toBe(folder);
  }
  expect(await said({ folder: " ./models/new place/ " })).toBeNull();
  expect(await said({ sql: " " })).toBe("sql: Paste a select.");
  expect(await said({ sql: "-- why\nupdate x set y = 1" })).toBe("sql: A model is a select. This begins with update.");
  expect(await said({ sql: "select ';'; select 2" })).toBe("sql: A model is one select. These are several statements.");
  expect(await said({ sql: "with a as (" })).toContain("sql: A bracket");
  expect(await said({ sql: "hello" })).toBe("sql: A model is a select. This begins with hello.");
  for (const sql of [
    'create or replace view "A"."b" as select 1 as x;',
    "insert into a.b\nselect 1 as x -- ;",
    "select 1 as x",
  ]) {
    const plan = await planSqlToModel(service, { sql, name: "fresh", folder: "models" });
    expect(outcome(plan)["create models/fresh.sql"]).toContain("select 1 as x");
    expect(outcome(plan)["create models/fresh.sql"]).not.toContain("view");
  }
  await expect(rename("models/late.sql", "with o", "select")).rejects.toThrow("select is a word of SQL");
  await expect(rename("models/late.sql", "with o", "N")).rejects.toThrow("already");
  expect(outcome(await rename("models/late.sql", "with o", "O"))["models/late.sql"]).toContain("with O as");
});

test("refs of an inlined model that no query reads from are named", async () => {
  const path = "models/uses_tiny.sql";
  const kept = files[path] ?? "";
  files[path] = "select a, {{ star(ref('tiny')) }} from {{ ref('tiny') }} t\n";
  const plan = await planInlineModel(service, await inlineTarget(service, own("models/tiny.sql"), 0));
  expect(outcome(plan)[path]).toBe(
    "with tiny as (\n    select 1 as a\n)\n\nselect a, {{ star(ref('tiny')) }} from tiny t\n",
  );
  expect(plan.warnings).toEqual([`${path} refers to tiny in Jinja, too, and has to be changed by hand.`]);
  files[path] = kept;
});

test("an ephemeral model is inlined where it is read, and goes", async () => {
  const target = await inlineTarget(service, own("models/tiny.sql"), 0);
  const after = outcome(await planInlineModel(service, target));
  expect(after["models/uses_tiny.sql"]).toBe(
    "with tiny_inlined as (\n    select 1 as a\n),\n\ntiny as (\n    select 1 as a\n)\nselect tiny.a, t.a as b from tiny join tiny_inlined t on true\n",
  );
  expect(after["remove models/tiny.sql"]).toBe(files["models/tiny.sql"]);
  await expect(inlineTarget(service, own("models/late.sql"), 0)).rejects.toThrow("not an ephemeral model");
});

test("models are looked for in the folders that the project names, however deep", async () => {
  const deep = ["models/core", "shared"];
  const view = new LanguageService({ ...host, lookup: () => new ProjectLookup({ ...lookup.index, modelPaths: deep }) });
  const refused = "Choose a folder of models: models/core, shared, or one inside.";
  for (const folder of ["models", "models/corely", "models/other", "share"]) {
    await expect(planSqlToModel(view, { sql: "select 1", name: "fresh", folder })).rejects.toThrow(refused);
  }
  for (const folder of ["models/core", "models/core/staging/", "shared/x"]) {
    await expect(planSqlToModel(view, { sql: "select 1", name: "fresh", folder })).resolves.toMatchObject({
      files: [{ kind: "create", path: `${folder.replace(/\/$/, "")}/fresh.sql` }],
    });
  }
  const target = await stagingTarget(view, own("models/sources.yml"), sources.indexOf("orders"));
  expect(stagingPlace(view, target).folder).toBe("models/core/staging/raw");
  const request = { kind: "sqlToModel" as const, path: null, start: 0, end: 0 };
  const asked = async (path: string) => (await formFor(view, view.file(path, "select 1"), request)).answers.folder;
  expect(await asked("models/core/marts/orders.sql")).toBe("models/core/marts");
  expect(await asked("models/other/orders.sql")).toBe("models/core");
});

test("a source table becomes a staging model with its columns", async () => {
  const target = await stagingTarget(service, own("models/sources.yml"), sources.indexOf("orders"));
  expect(stagingPlace(service, target)).toEqual({ name: "stg_raw__orders", folder: "models/staging/raw" });
  const after = outcome(
    planStagingModel(service, { node: target, name: "stg_raw__orders", folder: "models/staging/raw" }),
  );
  expect(after["create models/staging/raw/stg_raw__orders.sql"]).toBe(
    "with source as (\n    select * from {{ source('raw', 'orders') }}\n),\n\nrenamed as (\n    select\n        id,\n        total\n    from source\n)\n\nselect * from renamed\n",
  );
});
