import { expect, test } from "../support";

test.use({ company: "together" });

const review = "analyses/weekly_trading_review.sql";

test("completion knows columns in scope, models and macros; hover, definition and back lead through the project", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile(review);
  const suggestions = page.locator(".suggest-widget.visible");

  await test.step("columns of a CTE come with their type and where they come from", async () => {
    await ide.setText("with o as (select * from {{ ref('stg_orders') }})\nselect\n  o.\nfrom o\n");
    for (const key of ["Control+Home", "ArrowDown", "ArrowDown", "End"]) await page.keyboard.press(key);
    await page.keyboard.press("Control+Space");
    await expect(suggestions.getByRole("option", { name: /order_id/ }).first()).toBeVisible();
    await page.keyboard.type("order_id");
    await page.keyboard.press("Escape");
    await ide.expectText("o.order_id");
  });

  await test.step("ref offers models, and the chosen one compiles", async () => {
    await ide.setText("select * from {{ ref('') }}");
    for (let step = 0; step < 5; step += 1) await page.keyboard.press("ArrowLeft");
    await page.keyboard.type("dim_st");
    await expect(suggestions.getByRole("option", { name: /dim_stores/ })).toBeVisible();
    await page.keyboard.press("Enter");
    await ide.expectText("{{ ref('dim_stores') }}");
    await ide.expectCompiled("dim_stores");
  });

  await test.step("the definition opens, the ribbon names its neighbours, and Alt-Left leads back", async () => {
    await page.keyboard.press("F12");
    await expect(ide.tab("dim_stores.sql")).toHaveAttribute("aria-selected", "true");
    const ribbon = page.getByRole("navigation", { name: "Depends on and used by" });
    await expect(ribbon.getByRole("button", { name: "stg_stores" })).toBeVisible();
    await page.keyboard.press("Alt+ArrowLeft");
    await expect(ide.tab("weekly_trading_review.sql")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("{{ ref('dim_stores') }}");
  });

  await test.step("references are found in files that are not open, unsaved text included", async () => {
    await page.keyboard.press("Shift+F12");
    const peek = page.locator(".reference-zone-widget");
    await expect(peek).toContainText("References (6)");
    await expect(peek.getByRole("treeitem", { name: /in weekly_trading_review\.sql, full path/ })).toBeVisible();
    await expect(peek.getByRole("treeitem", { name: /in operations_store_scorecard\.sql/ })).toBeVisible();
    await page.keyboard.press("Escape");
  });

  await test.step("a line with Jinja becomes a Jinja comment, and comes back", async () => {
    await ide.focusEditor();
    await page.keyboard.press("Control+/");
    await ide.expectText("{# select * from {{ ref('dim_stores') }} #}");
    await page.keyboard.press("Control+/");
    await expect(ide.editor.locator(".view-lines").first()).not.toContainText("{#");
  });
});

test("a model is renamed everywhere after its changes were seen, and one undo takes all of it back", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/staging/stg_returns.sql");
  await ide.focusEditor();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("F2");
  const dialog = page.getByRole("dialog", { name: "Rename model stg_returns" });
  const name = dialog.getByRole("textbox", { name: "Name" });

  await name.fill("stg_stores");
  await expect(dialog.getByRole("alert")).toContainText("already");
  await expect(dialog.getByRole("button", { name: "Rename", exact: true })).toBeDisabled();

  await name.fill("stg_product_returns");
  await expect(dialog).toContainText("models/staging/stg_returns.sql → models/staging/stg_product_returns.sql");
  const changes = dialog.getByRole("region", { name: "Changes" });
  await expect(changes).toContainText("models/staging/_staging__models.yml");
  await expect(changes).toContainText("int_returns_valued.sql");
  await dialog.getByRole("button", { name: /^Rename \(/ }).click();
  await expect(ide.tab("stg_product_returns.sql")).toHaveAttribute("aria-selected", "true");
  await ide.openFile("models/intermediate/int_returns_valued.sql");
  await ide.expectText("ref('stg_product_returns')");
  await ide.expectCompiled("stg_product_returns");

  await page.keyboard.press("Control+Shift+P");
  await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill(">undo the last");
  await page.getByRole("option", { name: /Undo the last refactoring/ }).click();
  await ide.expectText("ref('stg_returns')");
  await expect(ide.tab("stg_returns.sql")).toBeVisible();
  await ide.expectCompiled("stg_returns");
});

test("a CTE becomes a model, and SQL of the warehouse becomes one with refs and a new source", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile(review);
  const command = async (title: string) => {
    await page.keyboard.press("Control+Shift+P");
    await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill(`>${title}`);
    await page.getByRole("option", { name: title }).click();
  };
  const dialog = page.getByRole("dialog");

  await test.step("extract", async () => {
    await ide.setText("with answers as (\n    select 42 as answer\n)\nselect answer from answers\n");
    for (const key of ["Control+Home", "ArrowDown"]) await page.keyboard.press(key);
    await command("Extract selection to a model");
    await expect(dialog.getByRole("alert")).toContainText("Type the new name");
    await dialog.getByRole("textbox", { name: "Name" }).fill("all_answers");
    await dialog.getByRole("textbox", { name: "Folder" }).fill("models/marts");
    await dialog.getByRole("button", { name: /^Extract \(/ }).click();
    await expect(ide.tab("all_answers.sql")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("select 42 as answer");
    await ide.tab("weekly_trading_review.sql").click();
    await ide.expectText("select * from {{ ref('all_answers') }}");
  });

  await test.step("SQL to model", async () => {
    await command("Turn SQL into a model");
    await dialog
      .getByRole("textbox", { name: "SQL as it runs in the warehouse" })
      .fill("select o.order_id, p.name from riverbank_staging.stg_orders o join crm.people p on p.id = o.customer_id;");
    await dialog.getByRole("textbox", { name: "Name" }).fill("order_people");
    await expect(dialog.getByRole("region", { name: "Changes" })).toContainText("_crm__sources.yml");
    await dialog.getByRole("button", { name: /^Create model \(/ }).click();
    await expect(ide.tab("order_people.sql")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("from {{ ref('stg_orders') }} o join {{ source('crm', 'people') }} p");
    await ide.expectCompiled('"crm"."people"');
  });
});
