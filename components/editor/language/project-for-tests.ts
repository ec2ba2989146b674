import type { IndexMacro, IndexNode, ProjectIndex } from "@/server/contract";
import { describedColumns, type NodeColumns } from "./node-columns";
import { ProjectLookup } from "./project-lookup";
import type { SourceFile } from "./things";

export function node(name: string, rest: Partial<IndexNode> = {}): IndexNode {
  return {
    uniqueId: `model.shop.${name}`,
    name,
    resourceType: "model",
    packageName: "shop",
    path: `models/${name}.sql`,
    patchPath: null,
    line: null,
    relation: `"db"."main"."${name}"`,
    materialized: "view",
    description: "",
    tags: [],
    columns: [],
    dependsOn: [],
    sourceName: null,
    version: null,
    owner: null,
    freshness: null,
    checks: null,
    ...rest,
  };
}

export function macro(name: string, parameters: readonly string[], rest: Partial<IndexMacro> = {}): IndexMacro {
  const read = parameters.map((parameter) => {
    const [first = "", otherwise] = parameter.split("=");
    return { name: first, default: otherwise ?? null, type: null, description: "" };
  });
  return {
    uniqueId: `macro.${rest.packageName ?? "shop"}.${name}`,
    name,
    packageName: "shop",
    path: `macros/${name}.sql`,
    line: 3,
    arguments: read.map((parameter) => parameter.name),
    parameters: read,
    description: "",
    ...rest,
  };
}

/** A little shop: two models, a package, a source, macros, tests, a docs block and a variable. */
export const shopIndex: ProjectIndex = {
  projectName: "shop",
  adapter: "duckdb",
  version: 1,
  nodes: [
    node("orders", {
      description: "One row per order.",
      columns: [
        { name: "order_id", type: "bigint", description: "Key." },
        { name: "customer_id", type: null, description: "" },
      ],
      dependsOn: ["source.shop.raw.orders"],
      owner: "Ada",
      tags: ["nightly"],
    }),
    node("customers", {
      dependsOn: ["model.shop.orders"],
      columns: [{ name: "customer_id", type: "bigint", description: "Who." }],
    }),
    node("calendar", { packageName: "dates", uniqueId: "model.dates.calendar" }),
    node("prices", { uniqueId: "model.shop.prices.v1", version: "1", path: "models/prices_v1.sql" }),
    node("prices", { uniqueId: "model.shop.prices.v2", version: "2", path: "models/prices_v2.sql" }),
    node("orders", {
      uniqueId: "source.shop.raw.orders",
      resourceType: "source",
      relation: '"db"."raw"."orders"',
      materialized: null,
      sourceName: "raw",
      path: "models/sources.yml",
      line: 4,
      columns: [{ name: "id", type: null, description: "" }],
      freshness: "warns after 12 hours",
    }),
    node("unique_orders_order_id", {
      uniqueId: "test.shop.unique_orders_order_id",
      resourceType: "test",
      path: "models/schema.yml",
      dependsOn: ["model.shop.orders"],
      checks: { test: "unique", packageName: null, node: "model.shop.orders", column: "order_id" },
    }),
  ],
  macros: [
    macro("cents", ["column", "digits=2"], { description: "Cents to money." }),
    macro("test_positive", ["model", "column_name", "margin"]),
    macro("star", ["from", "except=[]"], { packageName: "dbt_utils", line: null }),
    macro("run_hooks", ["hooks"], { packageName: "dbt", line: null }),
  ],
  docs: [{ name: "order_status", packageName: "shop", path: "models/docs.md", text: "Where it stands." }],
  vars: ["start_date"],
  modelPaths: ["models"],
};
export const shop = new ProjectLookup(shopIndex);
export const shopColumns: NodeColumns = (one) => describedColumns(one);
export const shopView = { lookup: shop, columns: shopColumns };

/** The text without `|`, and where it was. */
export function at(marked: string): { text: string; offset: number } {
  return { text: marked.replace("|", ""), offset: marked.indexOf("|") };
}

export function sqlFile(text: string, path = "models/late.sql"): SourceFile {
  return { path, text, language: "dbt-sql" };
}
