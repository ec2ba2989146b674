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
