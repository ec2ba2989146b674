import { expect, test, vi } from "vitest";
import type { PreviewWhat } from "@/server/contract";
import { CatalogStore, type ReadNames } from "./catalog-store";
import { sourceJinja, sourceYaml, sqlName } from "./source-text";
import { catalogRows, keyOfRelation, type Relation } from "./tree";

const relation = (schema: string, name: string, kind = "table"): Relation => ({ database: "shop", schema, name, kind });
const schemas = ["bare", "main", "raw"].map((schema) => ({ database: "shop", schema }));
const relations = [relation("main", "orders"), relation("raw", "customers"), relation("raw", "Order lines", "view")];

function storeOf(answers: (what: PreviewWhat) => (string | null)[][] | Error) {
  const read = vi.fn<ReadNames>(async (what) => {
    const rows = answers(what);
    if (rows instanceof Error) throw rows;
    return { rows, limited: false };
  });
  return { catalog: new CatalogStore(read), read };
}

test("the tree unfolds databases and schemas, filters by every word, and shows columns when they are there", () => {
  const shown = (open: string[], filter = "") =>
    catalogRows({ relations, schemas }, { open: new Set(open), filter, columns: new Map() }).map((row) =>
      row.kind === "relation" ? row.relation.name : row.kind === "note" ? row.text : "name" in row ? row.name : "",
    );
  expect(shown([])).toEqual(["shop"]);
  expect(shown(["shop", "shop\u001fraw"])).toEqual(["shop", "bare", "main", "raw", "customers", "Order lines"]);
  expect(shown(["shop", "shop\u001fbare"])).toEqual(["shop", "bare", "No relations", "main", "raw"]);
  expect(shown([], "BARE")).toEqual(["shop", "bare", "No relations"]);
  expect(shown([], "raw order")).toEqual(["shop", "raw", "Order lines"]);
  const key = keyOfRelation(relation("main", "orders"));
  expect(shown(["shop", "shop\u001fmain", key])).toContain("Reading columns…");
});

test("twenty thousand relations are filtered within a frame or two", () => {
  const many = Array.from({ length: 20_000 }, (_, index) =>
    relation(`schema_${Math.floor(index / 500)}`, `table_${index}`),
  );
  const rows = catalogRows(
    { relations: many, schemas: [] },
    { open: new Set(), filter: "table_1999", columns: new Map() },
  );
  expect(rows.filter((row) => row.kind === "relation")).toHaveLength(11);
});

test("names are read once for an environment, and again when asked; another environment's are forgotten", async () => {
  const { catalog, read } = storeOf((what) =>
    what.kind === "catalog"
      ? [
          ["shop", "raw", "orders", "BASE TABLE"],
          ["shop", "raw", null, "schema"],
        ]
      : [["id", "BIGINT"]],
  );
  catalog.show("one");
  catalog.show("one");
  await vi.waitFor(() => expect(catalog.store.get().listed).not.toBeNull());
  expect(read).toHaveBeenCalledTimes(1);
  expect(catalog.store.get().listed?.schemas).toEqual([{ database: "shop", schema: "raw" }]);
  const [orders] = catalog.store.get().listed?.relations ?? [];
  expect(orders).toEqual({ database: "shop", schema: "raw", name: "orders", kind: "table" });
  if (!orders) return;
  catalog.toggle(keyOfRelation(orders), orders);
  expect(await catalog.readColumns(orders)).toEqual([{ name: "id", type: "BIGINT" }]);
  catalog.show("two");
  expect(catalog.store.get().listed).toBeNull();
});

test("the only database begins unfolded, its schemas when they are few", async () => {
  const opened = async (schemas: number) => {
    const names = Array.from({ length: schemas }, (_, index) => ["shop", `schema_${index}`, "orders", "table"]);
    const { catalog } = storeOf(() => names);
    await catalog.refresh();
    return [...catalog.store.get().open];
  };
  expect(await opened(2)).toEqual(["shop", "shop\u001fschema_0", "shop\u001fschema_1"]);
  expect(await opened(9)).toEqual(["shop"]);
});

test("a refusal is kept for the person to read, and reading again clears it", async () => {
  let off = true;
  const { catalog } = storeOf(() => (off ? new Error("Preview is switched off.") : []));
  catalog.show("one");
  await vi.waitFor(() => expect(catalog.store.get().error).not.toBeNull());
  expect(catalog.store.get().listed).toBeNull();
  off = false;
  await catalog.refresh();
  expect(catalog.store.get()).toMatchObject({ error: null, listed: { relations: [], schemas: [] } });
});

test("what is copied can be pasted", () => {
  const lines = relation("raw", "Order lines");
  expect(sqlName(lines, '"')).toBe('shop.raw."Order lines"');
  expect(sqlName(lines, "`")).toBe("shop.raw.`Order lines`");
  expect(sourceJinja(relation("it's", "a"))).toBe(`{{ source("it's", 'a') }}`);
  expect(sourceYaml(relation("raw", "no"), [{ name: "id", type: "DECIMAL(10,2)" }])).toBe(
    [
      ...["sources:", "  - name: raw", "    database: shop", "    schema: raw", "    tables:", '      - name: "no"'],
      ...["        columns:", "          - name: id", '            data_type: "DECIMAL(10,2)"', ""],
    ].join("\n"),
  );
});
