import { readFileSync } from "node:fs";
import { expect, test } from "../support";

test.use({ company: "together" });

/** By column: SQL, its value in JSON, and what the grid shows. */
const exact: Record<string, [sql: string, json: string, shown: string]> = {
  huge: ["12345678901234567890123456789012345678::hugeint", ...same("12345678901234567890123456789012345678")],
  big: ["9007199254740993::bigint", ...same("9007199254740993")],
  amount: ["-0.1000::decimal(18, 4)", ...same("-0.1000")],
  double: ["'nan'::double", ...quoted("NaN")],
  instant: ["timestamptz '2026-03-29 01:30:00.123456+02'", ...quoted("2026-03-28 23:30:00.123456+00")],
  local: ["timestamp '1969-12-31 23:59:59.5'", ...quoted("1969-12-31 23:59:59.5")],
  day: ["date '2026-01-31'", ...quoted("2026-01-31")],
  clock: ["time '12:34:56.789'", ...quoted("12:34:56.789")],
  span: ["interval '1 year 2 months 3 days 04:05:06.7'", ...quoted("1 year 2 months 3 days 04:05:06.7")],
  bytes: ["'\\x00\\xFFa'::blob", '"\\\\x00ff61"', "\\x00ff61"],
  list: ["[1, null, 3]", ...same("[1, null, 3]")],
  record: ["{'a': 1, 'b': {'c': 'x\"y'}}", ...same('{"a": 1, "b": {"c": "x\\"y"}}')],
  pairs: ["map {'k': 9007199254740993}", ...same('{"k": 9007199254740993}')],
  flag: ["true", ...same("true")],
  nothing: ["null::bigint", ...same("null")],
  lines: ["'one' || chr(10) || 'two'", '"one\\ntwo"', "one⏎two"],
};

function same(text: string): [string, string] {
  return [text, text];
}

function quoted(text: string): [string, string] {
  return [`"${text}"`, text];
}

test("Ctrl-Enter streams a model's rows; a selection previews alone; the result sorts, filters, copies and exports", async ({
  page,
  context,
  signInAs,
  openSample,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/marts/operations/dim_stores.sql");
  await ide.preview();
  await expect(ide.status).toContainText(/dim_stores\.sql\s*\d+ rows/);
  await expect(ide.results.getByRole("columnheader").first()).toContainText("store_id");
  await expect(ide.cell(0, 0)).toHaveText(/^\d+$/);

  await ide.previewSql(
    "select * from (values (3, 'pear', null), (1, 'apple', 0.10), (2, 'fig', 12345678901234567890.12)) as fruit (id, name, price)",
  );
  await expect(ide.status).toContainText("3 rows");
  await expect(ide.cell(0, 1)).toHaveText("pear");
  await expect(ide.cell(0, 2)).toHaveText("null");
  await expect(ide.cell(2, 2)).toHaveText("12345678901234567890.12");
  const id = ide.results.getByRole("columnheader").nth(0);
  await id.getByRole("button").click();
  await expect(id).toHaveAttribute("aria-sort", "ascending");
  await expect(ide.cell(0, 1)).toHaveText("apple");

  await ide.results.getByRole("button", { name: "Filter columns" }).click();
  await ide.results.getByLabel("Filter name").fill("p");
  await expect(ide.status).toContainText("2 of 3 rows");
  await expect(ide.cell(1, 1)).toHaveText("pear");

  await ide.cell(0, 0).click();
  await ide.cell(1, 1).click({ modifiers: ["Shift"] });
  await page.keyboard.press("Control+C");
  await expect(page.getByText("Copied 2 rows: Tab-separated.")).toBeVisible();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  expect(await copied()).toBe("1\tapple\n3\tpear");
  for (const [format, text] of [
    ["CSV", "id,name\n1,apple\n3,pear"],
    ["Markdown table", "| id | name |\n| --: | --- |\n| 1 | apple |\n| 3 | pear |"],
    ["JSON", '[\n  {"id": 1, "name": "apple"},\n  {"id": 3, "name": "pear"}\n]'],
    ["SQL in (…)", "in (1, 3)"],
  ] as const) {
    await ide.results.getByRole("button", { name: "Copy", exact: true }).click();
    await page.getByRole("group", { name: "Selected cells" }).getByRole("menuitem", { name: format }).click();
    await expect.poll(copied).toBe(text);
  }

  const download = page.waitForEvent("download");
  await ide.results.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "Export CSV" }).click();
  const file = await (await download).path();
  expect(readFileSync(file, "utf8")).toBe("id,name,price\r\n1,apple,0.10\r\n3,pear,\r\n");

  await test.step("each type is shown, copied and saved with all that it has", async () => {
    await ide.previewSql(
      `select ${Object.entries(exact)
        .map(([name, [sql]]) => `${sql} as ${name}`)
        .join(", ")}`,
    );
    await expect(ide.status).toContainText("1 row");
    await ide.cell(0, 0).click();
    for (const [column, [, , shown]] of Object.values(exact).entries()) {
      await expect(ide.cell(0, column)).toHaveText(shown);
      await page.keyboard.press("ArrowRight");
    }
    await page.keyboard.press("Home");
    for (let column = 0; column < Object.keys(exact).indexOf("record"); column += 1)
      await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("dialog", { name: "record" })).toContainText('"b": {\n    "c": "x\\"y"');
    await page.keyboard.press("Escape");
    await ide.results.getByRole("button", { name: "Copy", exact: true }).click();
    await page.getByRole("group", { name: "All rows" }).getByRole("menuitem", { name: "JSON" }).click();
    const json = Object.entries(exact)
      .map(([name, [, text]]) => `"${name}": ${text}`)
      .join(", ");
    await expect.poll(copied).toBe(`[\n  {${json}}\n]`);
    const saved = page.waitForEvent("download");
    await ide.results.getByRole("button", { name: "Export" }).click();
    await page.getByRole("menuitem", { name: "Export JSON" }).click();
    expect(readFileSync(await (await saved).path(), "utf8")).toBe(`[\n{${json}}\n]\n`);
  });

  await ide.setText("select 1 as outside\n-- select 2 as inside");
  await page.keyboard.press("Control+End");
  for (let step = 0; step < "select 2 as inside".length; step += 1) await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("Control+Enter");
  await expect(ide.status).toContainText("selection in weekly_trading_review.sql");
  await expect(ide.results.getByRole("columnheader").first()).toContainText("inside");
  await ide.openPanel("History");
  await expect(page.getByRole("row").filter({ hasText: "Complete" }).first()).toBeVisible();
});

test("500 columns and cells of megabytes stay usable; the inspector shows a cell whole", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.previewSql(
    "select {% for n in range(500) %}{{ n }} as column_{{ n }}{{ ', ' if not loop.last }}{% endfor %} from (select 1) as one",
  );
  await expect(ide.results.getByRole("grid")).toHaveAttribute("aria-colcount", "500");
  await expect(ide.cell(0, 0)).toHaveText("0");
  expect(await ide.results.getByRole("columnheader").count()).toBeLessThan(60);
  await ide.cell(0, 0).click();
  await page.keyboard.press("End");
  await expect(ide.cell(0, 499)).toHaveText("499");

  await ide.previewSql(`select repeat('x', 50000000) as big, '{"name": "pear", "big": 12345678901234567890}' as small`);
  await expect(ide.status).toContainText("1 row", { timeout: 30_000 });
  await expect(ide.cell(0, 1)).toContainText("pear");
  await ide.cell(0, 1).dblclick();
  const inspector = page.getByRole("dialog", { name: "small" });
  await expect(inspector).toContainText("12345678901234567890");
  await page.keyboard.press("Escape");
  await ide.cell(0, 0).dblclick();
  await expect(page.getByRole("dialog", { name: "big" })).toContainText("50,000,000 characters", { timeout: 30_000 });
});

test("a limit of rows says that there is more; all of a million rows scroll; PostgreSQL serves them too", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.previewSql("select i as id, i * 2 as double, 'row ' || i as name from range(1000000) as numbers (i)");
  await expect(ide.status).toContainText("cut at 500 rows");
  await ide.results.getByRole("button", { name: "Fetch more" }).click();
  await expect(ide.status).toContainText("5,000 rows");
  await expect(ide.status).toContainText("cut at 5,000 rows");
  await ide.results.getByRole("button", { name: "Fetch all" }).click();
  await expect(ide.status).toContainText("1,000,000 rows", { timeout: 30_000 });
  await expect(ide.results.getByRole("button", { name: "Cancel" })).toBeHidden({ timeout: 30_000 });
  await ide.cell(0, 0).click();
  await page.keyboard.press("Control+End");
  await expect(ide.cell(999_999, 2)).toHaveText("row 999999");
  await page.keyboard.press("Control+Home");
  await expect(ide.cell(0, 0)).toHaveText("0");
  expect(await ide.results.getByRole("gridcell").count()).toBeLessThan(300);
  await ide.results.getByRole("grid").hover();
  await page.mouse.wheel(0, 24 * 5_000);
  await expect(ide.cell(5_005, 0)).toHaveText("5005");

  await test.step("the same project previews on PostgreSQL", async () => {
    await page.getByRole("combobox", { name: "Environment" }).click();
    await page.getByRole("option", { name: "env: PostgreSQL" }).click();
    await expect(page.getByText(/dbt 1\.11\.\d+ · postgres/)).toBeVisible({ timeout: 40_000 });
    await ide.previewSql("select version() as version, count(*) as stores from {{ ref('dim_stores') }}");
    await expect(ide.cell(0, 0)).toContainText("PostgreSQL");
    await expect(ide.cell(0, 1)).toHaveText(/^\d+$/);
    await ide.previewSql("create table should_not_be (id int)");
    await expect(ide.results.getByRole("alert")).toContainText(/only reads/);
  });
});
