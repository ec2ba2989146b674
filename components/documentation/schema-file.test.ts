import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { changeEntry, type EntryChange, newSchemaFile, readEntry, type TestEntry } from "./schema-file";
import { YamlEditError } from "./yaml-edit";

const text = `version: 2
models:
  - name: orders
    description: One row an order.
    config:
      tags: [finance]
      contract:
        enforced: true
      meta:
        owner: "ada" # who
    columns:
      - name: order_id
        data_type: bigint
        data_tests:
          - unique
          - relationships:
              arguments:
                to: ref('customers')
                field: customer_id
              config:
                severity: warn
sources:
  - name: shop
    tables:
      - name: sales
        columns:
          - name: id
            tests: [not_null]
`;
const orders = { resourceType: "model", name: "orders", sourceName: null };
const test = (name: string, values: Record<string, unknown> = {}): TestEntry => ({
  ...{ name, arguments: values, severity: "", where: "" },
});
const sales = { resourceType: "source", name: "sales", sourceName: "shop" };

function changedBy(change: EntryChange, entry = orders as Parameters<typeof readEntry>[1]) {
  const changed = changeEntry(text, entry, change);
  expect(parse(changed)).toBeTruthy();
  return { changed, entry: readEntry(changed, entry) };
}

describe("the entry of a node in a YAML file", () => {
  it("is read whole", () => {
    expect(readEntry(text, orders)).toEqual({
      description: "One row an order.",
      columns: [
        {
          name: "order_id",
          description: "",
          type: "bigint",
          tests: [
            test("unique"),
            { ...test("relationships", { to: "ref('customers')", field: "customer_id" }), severity: "warn" },
          ],
        },
      ],
      tests: [],
      tags: ["finance"],
      meta: [{ key: "owner", value: "ada" }],
      contract: true,
    });
    expect(readEntry(text, sales)?.columns[0]?.tests).toEqual([test("not_null")]);
    expect(readEntry(text, { ...orders, name: "payments" })).toBeNull();
  });

  it("changes by what the form says, line by line", () => {
    expect(
      changedBy({ kind: "description", column: "ORDER_ID", text: "The key." }).entry?.columns[0]?.description,
    ).toBe("The key.");
    expect(changedBy({ kind: "description", column: null, text: " " }).changed).toBe(
      text.replace("    description: One row an order.\n", ""),
    );
    expect(changedBy({ kind: "type", column: "order_id", text: "integer" }).changed).toBe(
      text.replace("bigint", "integer"),
    );
    expect(changedBy({ kind: "tags", tags: [] }).changed).toBe(text.replace("      tags: [finance]\n", ""));
    expect(changedBy({ kind: "contract", enforced: false }).changed).toBe(
      text.replace("      contract:\n        enforced: true\n", ""),
    );
    expect(changedBy({ kind: "meta", key: "owner", value: "dev" }).changed).toBe(text.replace('"ada"', "dev"));
    expect(changedBy({ kind: "remove-test", column: "order_id", at: 0 }).changed).toBe(
      text.replace("          - unique\n", ""),
    );
  });

  it("leaves what stands beside the tags and the contract that change", () => {
    const own =
      "models:\n  - name: orders\n    config:\n      tags:\n        - x # why x\n        # about y\n        - y\n      contract:\n        enforced: true # ours\n        alias_types: false\n";
    const tagged = changeEntry(own, orders, { kind: "tags", tags: ["x", "y", "z"] });
    expect(tagged).toBe(own.replace("        - y\n", "        - y\n        - z\n"));
    expect(changeEntry(tagged, orders, { kind: "tags", tags: ["y", "z"] })).toBe(
      tagged.replace("        - x # why x\n", ""),
    );
    expect(readEntry(changeEntry(own, orders, { kind: "tags", tags: ["y", "x"] }), orders)?.tags).toEqual(["y", "x"]);
    const free = changeEntry(own, orders, { kind: "contract", enforced: false });
    expect(free).toBe(own.replace("        enforced: true # ours\n", ""));
    expect(readEntry(changeEntry(free, orders, { kind: "contract", enforced: true }), orders)?.contract).toBe(true);
    expect(changeEntry(free, orders, { kind: "contract", enforced: true })).toContain("alias_types: false");
  });

  it("adds columns and tests where the file keeps them", () => {
    const { entry } = changedBy({ kind: "columns", add: [{ name: "amount", type: "numeric" }], remove: ["order_id"] });
    expect(entry?.columns).toEqual([{ name: "amount", description: "", type: "numeric", tests: [] }]);
    expect(
      changedBy({ kind: "add-test", column: "id", test: test("accepted_values", { values: [1, 2] }) }, sales).entry
        ?.columns[0]?.tests,
    ).toEqual([test("not_null"), test("accepted_values", { values: [1, 2] })]);
    expect(changedBy({ kind: "add-test", column: null, test: test("dbt_utils.equal_rowcount") }).entry?.tests).toEqual([
      test("dbt_utils.equal_rowcount"),
    ]);
  });

  it("changes a test where it stands, its arguments and how it is run", () => {
    const file = `models:
  - name: orders
    columns:
      - name: id
        data_tests:
          - unique # the key
          - not_null:
              config: {severity: warn}
          - accepted_values:
              values: ['a', 'b'] # of the shop
              severity: warn # for now
          - relationships:
              arguments: # whose
                to: ref('x')
                field: id
              config:
                tags: [slow]
`;
    const edited = (at: number, part: Partial<TestEntry>) => {
      const before = readEntry(file, orders)?.columns[0]?.tests[at] as TestEntry;
      return changeEntry(file, orders, { kind: "edit-test", column: "id", at, test: { ...before, ...part } });
    };
    for (const at of [0, 1, 2, 3]) expect(edited(at, {})).toBe(file);
    expect(edited(0, { severity: "warn" })).toBe(
      file.replace("- unique # the key", "- unique: # the key\n              config:\n                severity: warn"),
    );
    expect(edited(1, { severity: "" })).toBe(
      file.replace("- not_null:\n              config: {severity: warn}", "- not_null"),
    );
    expect(edited(2, { arguments: { values: ["a", "c"] }, severity: "error", where: "id > 0" })).toBe(
      file
        .replace("['a', 'b']", "[a, c]")
        .replace("warn # for now", "error # for now\n              config:\n                where: id > 0"),
    );
    expect(edited(3, { arguments: { to: "ref('y')" }, severity: "error" })).toBe(
      file
        .replace("ref('x')\n                field: id", "ref('y')")
        .replace("[slow]", "[slow]\n                severity: error"),
    );
    expect(() => changeEntry(file, orders, { kind: "edit-test", column: "id", at: 0, test: test("not_null") })).toThrow(
      "not there any more",
    );
  });

  it("is made when the file does not name the node yet, or there is no file", () => {
    const payments = { ...orders, name: "payments" };
    const changed = changeEntry(text, payments, { kind: "description", column: null, text: "What was paid." });
    expect(readEntry(changed, payments)?.description).toBe("What was paid.");
    expect(readEntry(changed, orders)).toEqual(readEntry(text, orders));
    expect(newSchemaFile(payments)).toBe("version: 2\n\nmodels:\n  - name: payments\n");
  });

  it("refuses a broken file, and a column or a table that is gone", () => {
    expect(() => readEntry("models: [", orders)).toThrow(YamlEditError);
    expect(() => changeEntry(text, orders, { kind: "type", column: "gone", text: "x" })).toThrow("no column gone");
    expect(() =>
      changeEntry(text, { ...sales, name: "gone" }, { kind: "description", column: null, text: "x" }),
    ).toThrow("says nothing of gone");
  });
});
