import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../support";
import { workingTree } from "../support/api";

test.use({ company: "together" });

test("SQLFluff and YAML problems stand at their places with a fix; the file is formatted, and what cannot be says why", async ({
  page,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const review = ide.tab("weekly_trading_review.sql");
  const configuration = "[sqlfluff]\nrules = CP01, LT01\n[sqlfluff:rules:capitalisation.keywords]\n";
  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText("select store_id,{{ 1 }} as one\nFROM {{ ref('stg_stores') }}\n");
  await ide.openPanel("Problems");
  const problems = page.getByRole("list", { name: "Problems" });

  await test.step("a project without a configuration is offered one; a broken one is a problem", async () => {
    await page.getByRole("button", { name: "Create .sqlfluff" }).click();
    await expect(ide.tab(".sqlfluff")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("dialect = duckdb");
    const file = join(await workingTree(page, world), ".sqlfluff");
    writeFileSync(file, "[sqlfluff]\ndialect = martian\n");
    await review.click();
    await ide.typeAtEnd("\n");
    await expect(problems).toContainText("martian");
    writeFileSync(file, "[sqlfluff\n");
    await ide.typeAtEnd("\n");
    await expect(problems).toContainText("SQLFluff's configuration is wrong");
    writeFileSync(file, `${configuration}capitalisation_policy = lower\n`);
    await ide.typeAtEnd("\n");
    await expect(problems.getByRole("button", { name: /lower case.*SQLFluff CP01 · Ln 2, Col 1$/ })).toBeVisible();
    await expect(problems).not.toContainText("configuration is wrong");
  });

  await test.step("fixes are made from the text, and from the list by keyboard", async () => {
    await problems.getByRole("button", { name: /SQLFluff CP01/ }).click();
    await page.keyboard.press("Control+.");
    await page.getByText("Fix: capitalisation.keywords").click();
    await ide.expectText("from {{ ref('stg_stores') }}");
    await ide.setText("SELECT 1 as one\nFROM {{ ref('stg_stores') }}\n");
    const rows = problems.getByRole("button", { name: /SQLFluff CP01/ });
    await expect(rows).toHaveCount(2);
    await rows.first().focus();
    await page.keyboard.press("ArrowDown");
    await expect(rows.last()).toBeFocused();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await ide.expectText("SELECT 1 as one from {{ ref('stg_stores') }}");
    await expect(rows).toHaveCount(1);
  });

  await test.step("the file is formatted by its key and as it is saved; text that cannot be read stays and says why", async () => {
    await ide.setText("select store_id,{{ 1 }} as one\nFROM {{ ref('stg_stores') }}\n");
    await page.keyboard.press("Shift+Alt+F");
    await ide.expectText("select store_id, {{ 1 }} as one");
    await expect(problems.getByRole("button", { name: /SQLFluff/ })).toHaveCount(0);
    await ide.setText("select {% if %} 1");
    await page.keyboard.press("Shift+Alt+F");
    await expect(page.getByText("weekly_trading_review.sql was not formatted")).toBeVisible();
    await ide.expectText("select {% if %} 1");

    await ide.setText("SELECT 1 as a\nFROM {{ ref('stg_stores') }}\n");
    await page.keyboard.press("Shift+ArrowUp");
    await page.keyboard.press("Shift+Alt+F");
    await ide.expectText("SELECT 1 as a from {{ ref('stg_stores') }}");
    await page.keyboard.press("Control+,");
    await page.getByRole("switch", { name: "Format when saving" }).click();
    await page.keyboard.press("Escape");
    await ide.setText("select store_id,1 as one\nFROM {{ ref('stg_stores') }}\n");
    // Whichever way it is saved: here by the status bar, below by the key.
    await page.getByRole("button", { name: /\bunsaved$/ }).click();
    await ide.expectText("select store_id, 1 as one from {{ ref('stg_stores') }}");
    await ide.setText("select {% if %} 1");
    await ide.save();
    await expect(page.getByText(/^weekly_trading_review\.sql is saved as it was\./)).toBeVisible();
    await ide.expectText("select {% if %} 1");
  });

  await test.step("YAML that dbt does not know is found while it is typed, and mended from the text and from the list", async () => {
    await ide.openFile("models/_groups.yml");
    await ide.setText("exposures: [{ name: board, tipe: dashboard }]");
    const unknown = problems.getByRole("button", { name: /dbt knows no key tipe here.*type may have been meant/ });
    await unknown.click();
    await page.keyboard.press("Control+.");
    await page.getByText("Replace by type", { exact: true }).click();
    await ide.expectText("name: board, type: dashboard");
    await expect(unknown).toBeHidden();
    await ide.setText("models: [{ name: dim_stores, descripton: x }]");
    await problems.getByRole("listitem").filter({ hasText: "descripton" }).getByRole("button", { name: "Fix" }).click();
    await ide.expectText("description: x");
    await ide.setText("models: [{ name: dim_stores, description: {{ x }} }]");
    await expect(problems.getByRole("button", { name: /Jinja in YAML needs quotes/ }).first()).toBeVisible();
  });
});

test("the whole project is checked when asked; sqlfmt writes files where it is configured; a check that fails is said", async ({
  page,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText("select no_such_column from {{ ref('stg_stores') }}\n");
  await ide.save();
  await page.keyboard.press("Alt+W");
  await ide.openPanel("Problems");
  await expect(page.getByText("No problems in open files")).toBeVisible();
  await page.getByRole("button", { name: "Check the whole project" }).click();
  // Only the session's word that the saved file counts, which may come after the check, makes it one of an older project.
  await expect(
    page.getByText(/Problems of the whole project, \d+ files|has changed since it was checked/),
  ).toBeVisible();
  await page
    .getByRole("list", { name: "analyses/weekly_trading_review.sql" })
    .getByRole("button", { name: /no_such_column.*Ln 1, Col 8$/ })
    .click();
  await expect(ide.tab("weekly_trading_review.sql")).toHaveAttribute("aria-selected", "true");

  await test.step("sqlfmt writes the file where the project configures it, and leaves alone what it is told to", async () => {
    const file = join(await workingTree(page, world), "pyproject.toml");
    writeFileSync(file, "[tool.sqlfmt]\nline_length = 40\n");
    await ide.setText("SELECT store_id,{{ 1 }} AS one FROM {{ ref('stg_stores') }}\n");
    await page.keyboard.press("Shift+Alt+F");
    await ide.expectText("select store_id,{{ 1 }} as one from {{ ref('stg_stores') }}");
    await ide.setText("select 1)\n");
    await page.keyboard.press("Shift+Alt+F");
    await expect(page.getByText(/sqlfmt cannot format this file/)).toBeVisible();
    writeFileSync(file, '[tool.sqlfmt]\nexclude = ["analyses/**/*"]\n');
    await page.keyboard.press("Shift+Alt+F");
    await expect(page.getByText(/The project tells sqlfmt to leave analyses.* alone/)).toBeVisible();
    writeFileSync(file, '[tool.sqlfmt]\ndialect = "martian"\n');
    await page.keyboard.press("Shift+Alt+F");
    await expect(page.getByText(/sqlfmt's configuration in pyproject\.toml is wrong/)).toBeVisible();
    await ide.expectText("select 1)");
  });

  await test.step("a check that fails is said, until the next one has looked", async () => {
    const problems = page.getByRole("list", { name: "Problems" });
    await page.route("**/api/trpc/dbt.lint*", (route) => route.abort());
    await ide.setText("select 1 as one\n");
    const said = problems.getByRole("button", { name: /SQLFluff did not look at this file: The server cannot be/ });
    await expect(said).toBeVisible();
    await page.unroute("**/api/trpc/dbt.lint*");
    await ide.typeAtEnd("\n");
    await expect(said).toBeHidden();
  });
});
