import { readFileSync } from "node:fs";
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "../support";

test.use({ company: "together" });

const fruit = (rows: string) => `select * from (values ${rows}) as fruit (id, kind, price)`;

test("a result is drawn, pivoted, saved as Parquet, pinned, and compared with the next one", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.previewSql(fruit("(1, 'pear', 0.10), (2, 'fig', 2.50), (3, 'pear', 0.20)"));
  await expect(ide.status).toContainText("3 rows");

  await ide.results.getByRole("button", { name: "Chart" }).click();
  await expect(ide.results.getByRole("img", { name: "bar chart of price by kind" })).toBeVisible();
  await expect(ide.results.locator("canvas").first()).toBeVisible();
  await ide.results.getByRole("combobox", { name: "Kind of chart" }).click();
  await page.getByRole("option", { name: "Scatter" }).click();
  await expect(ide.results.getByRole("img", { name: /^scatter chart/ })).toBeVisible();
  await ide.results.getByRole("button", { name: "Table", exact: true }).click();
  await ide.results.getByRole("button", { name: "Chart" }).click();
  await expect(ide.results.getByRole("img", { name: /^scatter chart/ })).toBeVisible();

  await ide.results.getByRole("button", { name: "Pivot" }).click();
  const pivot = ide.results.getByRole("grid", { name: "Pivot" });
  await expect(pivot.getByRole("row").nth(1)).toContainText("fig2.50");
  await expect(pivot.getByRole("row").nth(2)).toContainText("pear0.30");
  await expect(pivot.getByRole("row").nth(3)).toContainText("Total2.80");

  const exported = async (format: string) => {
    const download = page.waitForEvent("download");
    await ide.results.getByRole("button", { name: "Export" }).click();
    await page.getByRole("menuitem", { name: `Export ${format}` }).click();
    return readFileSync(await (await download).path());
  };
  expect(JSON.parse((await exported("JSON")).toString())).toContainEqual({ id: 2, kind: "fig", price: 2.5 });
  const bytes = await exported("Parquet");
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  expect(await parquetReadObjects({ file })).toEqual([
    { id: 1, kind: "pear", price: 0.1 },
    { id: 2, kind: "fig", price: 2.5 },
    { id: 3, kind: "pear", price: 0.2 },
  ]);

  await ide.results.getByRole("button", { name: "Pin this result to compare later ones with it" }).click();
  await ide.previewSql(fruit("(2, 'fig', 2.75), (3, 'pear', 0.20), (4, 'lime', 1.00)"));
  await ide.results
    .getByRole("group", { name: "View" })
    .getByRole("button", { name: /^Compare/ })
    .click();
  await expect(ide.results.getByText("+ 1 added")).toBeVisible();
  await expect(ide.results.getByText("− 1 removed")).toBeVisible();
  await expect(ide.results.getByText("~ 1 changed")).toBeVisible();
  await expect(ide.results.getByText("1 equal")).toBeVisible();
  const differences = ide.results.getByRole("grid", { name: "Differences between the two results" });
  await expect(differences.getByRole("row").filter({ hasText: "changed" })).toContainText("2.50 → 2.75");

  await test.step("keys that rows share, or that a result lacks, are refused; what is chosen stays for the next result", async () => {
    await ide.previewSql(fruit("(2, 'fig', 2.75), (3, 'pear', 0.20), (3, 'pear', 0.30)"));
    const lost = "1 of these rows shares its id with another row, “3” for example. Whole rows are compared.";
    await expect(ide.results.getByText(lost)).toBeVisible();
    await ide.results.getByRole("button", { name: "Add to rows matched by" }).click();
    await page.getByRole("menuitem", { name: "kind" }).click();
    const refused = ide.results.getByRole("alert");
    await expect(refused).toContainText("1 of the earlier rows and 1 of these rows share their kind with another row");
    await expect(ide.results.getByText("added")).toBeHidden();
    await ide.previewSql("select 1 as id, 'no kind here' as name");
    await expect(refused).toContainText("This result has no column kind.");
    await ide.results.getByRole("button", { name: "Compare whole rows" }).click();
    await expect(ide.results.getByText("whole rows", { exact: true })).toBeVisible();
    await expect(ide.results.getByText("+ 0 added")).toBeVisible();
  });

  await test.step("without a number a chart counts rows; of what is no category it says that there is nothing to draw", async () => {
    await ide.previewSql("select unnest(['pear', 'fig', 'pear']) as kind");
    await ide.results.getByRole("button", { name: "Chart" }).click();
    await expect(ide.results.getByRole("img", { name: "bar chart of rows by kind" })).toBeVisible();
    await ide.previewSql("select [1, 2] as list, {'a': 1} as record");
    await expect(ide.results.getByText("There is nothing to draw")).toBeVisible();
    await ide.results.getByRole("button", { name: "Pivot" }).click();
    await expect(ide.results.getByRole("grid", { name: "Pivot" })).toContainText("rows");
    await ide.results.getByRole("button", { name: "Remove Count of rows" }).click();
    await expect(ide.results.getByText("Choose what to put together")).toBeVisible();
  });

  await test.step("no rows, and none that fits a filter, are said; the palette has what the panel can do", async () => {
    const command = async (title: string) => {
      await page.keyboard.press("F1");
      await page.getByRole("combobox").fill(`>${title}`);
      await page.getByRole("option", { name: title, exact: true }).click();
    };
    await ide.previewSql("select 'pear' as kind where false");
    await command("Results: show as a chart");
    await expect(ide.results.getByText("There are no rows.")).toBeVisible();
    await command("Results: show as a table");
    await expect(ide.results.getByText("The query has no rows.")).toBeVisible();
    await ide.previewSql("select 'pear' as kind");
    await ide.results.getByRole("button", { name: "Filter columns" }).click();
    await ide.results.getByLabel("Filter kind").fill("fig");
    await expect(ide.results.getByText("No row fits the filters.")).toBeVisible();
    await ide.results.getByRole("button", { name: "Clear the filters" }).click();
    await expect(ide.cell(0, 0)).toHaveText("pear");
    const download = page.waitForEvent("download");
    await command("Results: export as CSV");
    expect(readFileSync(await (await download).path(), "utf8")).toBe("kind\r\npear\r\n");
    await command("Results: compare with the built table");
    await expect(
      page.getByText("Preview a model, seed or snapshot that is built as a table or view first."),
    ).toBeVisible();
    await command("Editor: Transform to Uppercase");
    await ide.expectText("select 'pear' as KIND");
  });
});

test("an edited model is compared with its built table, and a run is done again from the history", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/marts/operations/dim_stores.sql");
  await ide.typeAtEnd("\nlimit 3");
  await ide.preview();
  await expect(ide.status).toContainText(/dim_stores\.sql\s*3 rows/);
  await ide.results
    .getByRole("group", { name: "View" })
    .getByRole("button", { name: /^Compare/ })
    .click();
  await ide.results.getByRole("button", { name: "Compare with the built table" }).click();
  await expect(ide.results.getByText("Before: dim_stores as built")).toBeVisible();
  await expect(ide.results.getByText("+ 0 added")).toBeVisible();
  await expect(ide.results.getByText(/− [1-9]\d* removed/)).toBeVisible();

  await ide.openPanel("History");
  await page
    .getByRole("button", { name: /^Run .*dim_stores\.sql again$/ })
    .first()
    .click();
  await expect(ide.status).toContainText(/dim_stores\.sql\s*3 rows/);

  await test.step("a table that was never built says so, and can be left", async () => {
    await ide.setText("select 1 as store_id {{ config(alias='never_built') }}");
    await ide.expectCompiled("select 1 as store_id");
    await ide.preview();
    await expect(ide.status).toContainText(/dim_stores\.sql\s*1 row/);
    await ide.results
      .getByRole("group", { name: "View" })
      .getByRole("button", { name: /^Compare/ })
      .click();
    await ide.results.getByRole("button", { name: "Compare with the built table" }).click();
    const failed = ide.results.getByRole("alert").filter({ hasText: "could not be fetched" });
    await expect(failed).toContainText("never_built");
    await failed.getByRole("button", { name: "Leave it" }).click();
    await expect(ide.results.getByText("Nothing to compare with yet")).toBeVisible();
  });

  await test.step("a database's message keeps its columns, so that its caret points at the place", async () => {
    await ide.previewSql("select 1 as a, missing_column from (select 1 as x) as one");
    const message = ide.results.getByRole("alert").locator("pre");
    await expect(message).toContainText("missing_column");
    const lines = ((await message.textContent()) ?? "").split("\n");
    const line = lines.findIndex((text) => text.includes("LINE 1:"));
    expect(lines[line]?.slice(lines[line + 1]?.indexOf("^"))).toMatch(/^missing_column/);
    await expect(message).toHaveCSS("white-space", "pre");
    await expect(message).toHaveCSS("text-align", "left");
    await expect(message).toHaveCSS("font-family", /mono/i);
  });
});
