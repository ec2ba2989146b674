import { expect, it } from "vitest";
import { differences } from "./column-differences";

it("names what the YAML lacks, has too much and calls by another type, whatever the case", () => {
  expect(
    differences(
      [
        { name: "ID", type: "integer" },
        { name: "amount", type: "" },
        { name: "gone", type: "text" },
      ],
      [
        { name: "id", type: "INTEGER" },
        { name: "amount", type: "DECIMAL(18,2)" },
        { name: "new", type: "DATE" },
      ],
    ),
  ).toEqual({
    added: [{ name: "new", type: "DATE" }],
    removed: ["gone"],
    retyped: [{ name: "amount", before: "", after: "DECIMAL(18,2)" }],
  });
});

it("writes names that the warehouse folds to upper case as people do, unless the YAML has them so", () => {
  const found = ["ORDER_ID", "TOTAL"].map((name) => ({ name, type: "NUMBER" }));
  const added = (...names: string[]) =>
    differences(
      names.map((name) => ({ name, type: "NUMBER" })),
      found,
    ).added.map(({ name }) => name);
  expect([added(), added("order_id"), added("ORDER_ID")]).toEqual([["order_id", "total"], ["total"], ["TOTAL"]]);
});
