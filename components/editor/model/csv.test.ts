import { describe, expect, it } from "vitest";
import { type CsvEdit, insertRow, parseCsv, removeRow, setCell } from "./csv";

const texts = (text: string) => parseCsv(text).rows.map(({ cells }) => cells.map((cell) => cell.text));
const changed = (text: string, edit: CsvEdit | null) =>
  edit === null ? text : text.slice(0, edit.start) + edit.text + text.slice(edit.end);

describe("parseCsv", () => {
  it.each([
    [
      "a,b\n1,2\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "a;b\r\n1;\r\n",
      [
        ["a", "b"],
        ["1", ""],
      ],
    ],
    [
      'a,b\n"x ""y"", z","two\nlines"',
      [
        ["a", "b"],
        ['x "y", z', "two\nlines"],
      ],
    ],
    ["\ufeffa\tb\n", [["a", "b"]]],
    [
      "a,b,\n,,",
      [
        ["a", "b", ""],
        ["", "", ""],
      ],
    ],
    ["a\n\nb", [["a"], [""], ["b"]]],
    ["", []],
  ])("reads %j", (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it("says when a quote never closes", () => {
    expect(parseCsv('a,b\n"x,1\n')).toMatchObject({ broken: true });
    expect(parseCsv('a,"b"\n')).toMatchObject({ broken: false, width: 2 });
  });
});

describe("edits", () => {
  const text = 'id,name\r\n1,"pear"\r\n2\r\n';
  const table = parseCsv(text);

  it("changes one cell and nothing else, quoting what needs it", () => {
    expect(changed(text, setCell(table, 1, 0, "10"))).toBe('id,name\r\n10,"pear"\r\n2\r\n');
    expect(changed(text, setCell(table, 1, 1, 'a "b"'))).toBe('id,name\r\n1,"a ""b"""\r\n2\r\n');
    expect(changed(text, setCell(table, 1, 0, "a,b"))).toBe('id,name\r\n"a,b","pear"\r\n2\r\n');
    expect(changed(text, setCell(table, 1, 0, "two\nlines"))).toBe('id,name\r\n"two\nlines","pear"\r\n2\r\n');
  });

  it("adds the cells that a short row lacks, and does nothing for the same value", () => {
    expect(changed(text, setCell(table, 2, 1, "fig"))).toBe('id,name\r\n1,"pear"\r\n2,fig\r\n');
    expect(setCell(table, 1, 1, "pear")).toBeNull();
    expect(setCell(table, 2, 1, "")).toBeNull();
  });

  it("inserts and removes rows", () => {
    expect(changed(text, insertRow(table, 1, "\r\n"))).toBe('id,name\r\n1,"pear"\r\n,\r\n2\r\n');
    expect(changed(text, removeRow(table, 1, text.length))).toBe("id,name\r\n2\r\n");
    expect(changed("a\nb", removeRow(parseCsv("a\nb"), 1, 3))).toBe("a");
    expect(changed("a\n", removeRow(parseCsv("a\n"), 0, 2))).toBe("");
  });
});
