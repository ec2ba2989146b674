import { describe, expect, it } from "vitest";
import { copyText, csvLine } from "./copy-formats";

const table = {
  columns: [
    { name: "id", kind: "number" as const },
    { name: "note", kind: "text" as const },
  ],
  rows: [
    ["9007199254740993", 'it\'s, "so"'],
    ["2", null],
    ["3", "a\tb\n| c"],
  ],
};

describe("copyText", () => {
  it("writes each format", () => {
    expect(copyText(table, "tsv", true)).toBe('id\tnote\n9007199254740993\tit\'s, "so"\n2\t\n3\ta b | c');
    expect(copyText(table, "csv", true)).toBe(
      'id,note\n9007199254740993,"it\'s, ""so"""\n2,\n3,a\tb\n| c'.replace("a\tb\n| c", '"a\tb\n| c"'),
    );
    expect(copyText(table, "markdown", true)).toBe(
      '| id | note |\n| --: | --- |\n| 9007199254740993 | it\'s, "so" |\n| 2 |  |\n| 3 | a\tb<br>\\| c |',
    );
    expect(JSON.parse(copyText(table, "json", true))[1]).toEqual({ id: 2, note: null });
    expect(copyText(table, "json", true)).toContain('"id": 9007199254740993');
    expect(copyText(table, "in", false)).toBe("in (9007199254740993, 2, 3)");
  });

  it("quotes text in a SQL list and drops nulls and repeats", () => {
    const names = { columns: [{ name: "n", kind: "text" as const }], rows: [["O'Hara"], [null], ["O'Hara"], ["x"]] };
    expect(copyText(names, "in", false)).toBe("in ('O''Hara', 'x')");
  });

  it("tells null from empty text in CSV", () => {
    expect(csvLine([null, "", "x"])).toBe(',"",x');
  });
});
