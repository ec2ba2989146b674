import { expect, test } from "vitest";
import { FruitlessWord } from "./fruitless";

test("a word that goes on from one that nothing fitted fits nothing, in the same text only", () => {
  const word = new FruitlessWord();
  const at = (text: string, path = "a.sql") => word.isAt(path, text.replace("|", ""), text.indexOf("|"));
  word.note("a.sql", "select xq\nfrom t", 9);
  expect(at("select xqz|\nfrom t")).toBe(true);
  expect(at("select xqzy|\nfrom t")).toBe(true);
  expect(at("select xq|\nfrom t")).toBe(false);
  expect(at("select x|\nfrom t")).toBe(false);
  expect(at("select xq |\nfrom t")).toBe(false);
  expect(at("select xq.a|\nfrom t")).toBe(false);
  expect(at("select xqz|\nfrom u")).toBe(false);
  expect(at("select, xqz|\nfrom t")).toBe(false);
  expect(at("select xqz|\nfrom t", "b.sql")).toBe(false);
  word.forgetBut("a.sql");
  expect(at("select xqz|\nfrom t")).toBe(true);
  word.forgetBut(null);
  expect(at("select xqz|\nfrom t")).toBe(false);
});

test("snippets begin where nothing else does", () => {
  const word = new FruitlessWord();
  word.note("a.sql", "_", 1);
  expect(word.isAt("a.sql", "__", 2)).toBe(false);
});
