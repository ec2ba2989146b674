import { expect, test } from "vitest";
import { ctePlaces, yamlPlaces } from "../monaco/lens-places";
import { foldingOf } from "./folding";
import { mostRead } from "./long-texts";
import { mentionsIn } from "./mentions";
import { outlineOf } from "./outline";
import { queriesOf } from "./sql-query";

const model = "with a as (\n  select 1 as one\n)\nselect one from a join {{ ref('orders') }} on true\n";
const yaml = "models:\n  - name: orders\n";

test("a text that no person wrote is not read, and one that somebody did is", () => {
  for (const [filled, isRead] of [
    [(text: string) => text, true],
    [(text: string) => text.padEnd(mostRead + 1), false],
  ] as const) {
    const found = [
      queriesOf(filled(model)),
      outlineOf("dbt-sql", filled(model)),
      foldingOf(filled(model)),
      mentionsIn("dbt-sql", filled(model)),
      ctePlaces(filled(model)),
      yamlPlaces(filled(yaml)),
    ];
    expect(found.map((list) => list.length > 0)).toEqual(found.map(() => isRead));
  }
});

test("brackets as deep as no person writes them do not break what reads them", () => {
  const deep = (depth: number) => `${"select * from (".repeat(depth)}select 1 as one${") t".repeat(depth)}`;
  expect(queriesOf(deep(150))).toHaveLength(1);
  for (const text of [deep(20_000), "(".repeat(400_000), "with a as (".repeat(20_000)]) {
    expect(queriesOf(text)).toEqual([]);
    expect(outlineOf("dbt-sql", text).length).toBeLessThan(3);
    expect(ctePlaces(text).length).toBeLessThan(30);
  }
});

test("each of many CTEs has its own columns in the outline", () => {
  const ctes = Array.from({ length: 3000 }, (_, index) => `c${index} as (select ${index} as column_${index})`);
  const items = outlineOf("dbt-sql", `with ${ctes.join(",\n")}\nselect * from c1`);
  expect(items.slice(0, 3000).map(({ name, children }) => [name, children[0]?.name])).toEqual(
    ctes.map((_, index) => [`c${index}`, `column_${index}`]),
  );
});
