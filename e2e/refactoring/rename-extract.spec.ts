import { expect, test } from "../support";

test.use({ company: "together" });

const review = "analyses/weekly_trading_review.sql";

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
  await name.fill("stg returns");
  await expect(dialog.getByRole("alert")).toContainText("letters, digits and underscores");

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

  const undo = async () => {
    await page.keyboard.press("Control+Shift+P");
    await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill(">undo the last");
    await page.getByRole("option", { name: /Undo the last refactoring/ }).click();
    await expect(page.getByText(/^Undone: /).last()).toBeVisible();
  };
  await undo();
  await ide.expectText("ref('stg_returns')");
  await expect(ide.tab("stg_returns.sql")).toBeVisible();
  await ide.expectCompiled("stg_returns");

  /** Asks to rename what stands `right` characters after the beginning of a text. */
  const askToRename = async (text: string, right: number) => {
    await ide.openFile(review);
    await ide.setText(text);
    await page.keyboard.press("Control+Home");
    for (let step = 0; step < right; step += 1) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("F2");
  };
  const all = page.getByRole("dialog");
  for (const [kind, text, right, to, touched] of [
    ["CTE totals", "with totals as (select 1 as one)\nselect one from totals\n", 6, "sums", [review]],
    [
      "macro ratio",
      "select {{ ratio('a', 'b') }} as share",
      12,
      "share_of",
      ["macros/money.sql", "macros/_macros.yml"],
    ],
    [
      "column phone",
      "select stores.phone from {{ ref('stg_stores') }} as stores",
      16,
      "telephone",
      [
        "models/staging/stg_stores.sql",
        "models/marts/operations/dim_stores.sql",
        "models/staging/_staging__models.yml",
      ],
    ],
    [
      "source table stores",
      "select * from {{ source('riverbank_raw', 'stores') }}",
      44,
      "shops",
      ["models/staging/stg_stores.sql", "models/staging/_riverbank_raw__sources.yml", "identifier: stores"],
    ],
  ] as const) {
    await test.step(`${kind} becomes ${to}, and comes back`, async () => {
      await askToRename(text, right);
      await expect(page.getByRole("dialog", { name: `Rename ${kind}` })).toBeVisible();
      await all.getByRole("textbox", { name: "Name" }).fill(to);
      for (const words of touched) await expect(all.getByRole("region", { name: "Changes" })).toContainText(words);
      await page.keyboard.press("Enter");
      await expect(all).toBeHidden();
      await ide.expectText(to);
      await undo();
      await ide.expectText(text.split("\n")[0] ?? text);
    });
  }

  await test.step("what belongs to a package, or is nothing with a name, is not renamed", async () => {
    await askToRename("select {{ dbt.type_string() }} as text", 16);
    await expect(all.getByRole("alert")).toContainText("belongs to the package dbt");
    await page.keyboard.press("Escape");
    await ide.openFile("README.md");
    await page.keyboard.press("F2");
    await expect(all.getByRole("alert")).toContainText("no model, source, macro, column or CTE under the cursor");
    await page.keyboard.press("Escape");
  });
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

  await test.step("where there is nothing to extract or to replace, that is said", async () => {
    await ide.setText("with answers as (\n    select 42 as answer\n)\nselect answer from answers\n");
    await page.keyboard.press("Control+End");
    for (const title of ["Extract selection to a CTE", "Extract selection to a model"]) {
      await command(title);
      await expect(dialog.getByRole("alert")).toContainText("Select a query, or put the cursor into a CTE.");
      await page.keyboard.press("Escape");
    }
    await command("Replace table names by ref and source");
    await expect(dialog.getByRole("alert")).toContainText("This file names no table of the warehouse directly.");
    await page.keyboard.press("Escape");
    await command("Create staging model from source");
    await expect(dialog.getByRole("alert")).toContainText("Put the cursor on a source table");
    await page.keyboard.press("Escape");
  });

  await test.step("a selected query becomes a CTE, with one undo of the editor", async () => {
    await ide.setText("select n from (select 7 as n) as numbers");
    await page.keyboard.press("Control+Home");
    for (let step = 0; step < 14; step += 1) await page.keyboard.press("ArrowRight");
    for (let step = 0; step < 15; step += 1) await page.keyboard.press("Shift+ArrowRight");
    await command("Extract selection to a CTE");
    await dialog.getByRole("textbox", { name: "Name" }).fill("seven");
    await dialog.getByRole("button", { name: /^Extract \(/ }).click();
    await ide.expectText("with seven as ( select 7 as n )");
    await ide.expectText("select n from seven as numbers");
    await ide.focusEditor();
    await page.keyboard.press("Control+Z");
    await ide.expectText("select n from (select 7 as n) as numbers");
  });

  await test.step("extract", async () => {
    await ide.setText("with answers as (\n    select 42 as answer\n)\nselect answer from answers\n");
    for (const key of ["Control+Home", "ArrowDown"]) await page.keyboard.press(key);
    await command("Extract selection to a model");
    await expect(dialog.getByRole("textbox", { name: "Name" })).toHaveValue("answers");
    await dialog.getByRole("textbox", { name: "Name" }).fill("");
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

  await test.step("versions that YAML gives a model are offered, told of and gone to, before anything is saved", async () => {
    await ide.openFile("models/_exposures.yml");
    const versions = ["- {v: 1, defined_in: all_answers}", "- {v: 2, defined_in: order_people}"];
    await ide.setText(["models:", "- name: all_answers", "  versions:", ...versions].join("\n"));
    await ide.openFile(review);
    const suggestions = page.locator(".suggest-widget.visible");
    await expect(async () => {
      await ide.setText("select * from {{ ref('all_answers', ) }}");
      for (let step = 0; step < 4; step += 1) await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Control+Space");
      await expect(suggestions.getByRole("option", { name: /^v=1/ })).toBeVisible({ timeout: 3_000 });
    }).toPass();
    await page.keyboard.press("Enter");
    await ide.expectText("ref('all_answers', v=1)");
    for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("F12");
    await expect(ide.tab("all_answers.sql")).toHaveAttribute("aria-selected", "true");
    await ide.openFile("models/_exposures.yml");
    await ide.setText("exposures: []");
  });

  await test.step("names of the warehouse become refs; what the project does not know is named", async () => {
    await ide.openFile(review);
    await ide.setText("select * from riverbank_staging.stg_orders join crm.nobody on true");
    await command("Replace table names by ref and source");
    await expect(dialog).toContainText("crm.nobody is neither a model nor a source of this project.");
    await dialog.getByRole("button", { name: "Replace (1 change)" }).click();
    await ide.expectText("select * from {{ ref('stg_orders') }} join crm.nobody on true");
  });

  await test.step("an ephemeral model goes into those that read it; a source gets a staging model", async () => {
    await ide.openFile("models/staging/stg_stores.sql");
    await command("Inline ephemeral model");
    await expect(dialog.getByRole("alert")).toContainText("not an ephemeral model");
    await page.keyboard.press("Escape");
    await ide.openFile("models/intermediate/int_returns_valued.sql");
    await command("Inline ephemeral model");
    await expect(dialog).toContainText("Delete models/intermediate/int_returns_valued.sql");
    await dialog.getByRole("button", { name: /^Inline \(/ }).click();
    await expect(dialog).toBeHidden();
    await expect(ide.tab("int_returns_valued.sql")).toBeHidden();
    await ide.openFile("models/marts/products/products_return_rates.sql");
    await ide.expectText("int_returns_valued as (");
    await command("Undo the last refactoring");
    await ide.expectText("ref('int_returns_valued')");

    await ide.openFile("models/staging/stg_web_events.sql");
    await ide.expectText("milliseconds_on_page");
    await ide.focusEditor();
    await page.keyboard.press("Control+End");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("End");
    for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowLeft");
    await command("Create staging model from source");
    await expect(dialog.getByRole("textbox", { name: "Name" })).toHaveValue("stg_riverbank_raw__web_events");
    await dialog.getByRole("button", { name: /^Create model \(/ }).click();
    await expect(ide.tab("stg_riverbank_raw__web_events.sql")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("select * from {{ source('riverbank_raw', 'web_events') }}");
  });
});
