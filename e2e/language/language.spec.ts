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
  /** Writes a text, types so many characters before its end, and waits for what is offered. */
  const offered = async (text: string, back: number, typed: string, ...options: RegExp[]) => {
    await ide.setText(text);
    for (let step = 0; step < back; step += 1) await page.keyboard.press("ArrowLeft");
    await (typed === "" ? page.keyboard.press("Control+Space") : page.keyboard.type(typed));
    for (const option of options) await expect(suggestions.getByRole("option", { name: option }).first()).toBeVisible();
  };
  const card = page.locator(".monaco-hover:visible");
  /** Writes a text and asks for the card of what stands so many characters after its beginning. */
  const cardOf = async (text: string, right: number, ...parts: (string | RegExp)[]) => {
    await ide.setText(text);
    await page.keyboard.press("Control+Home");
    for (let step = 0; step < right; step += 1) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Control+K");
    await page.keyboard.press("Control+I");
    for (const part of parts) await expect(card).toContainText(part);
    await page.keyboard.press("Escape");
  };

  await test.step("columns of a CTE come with their type and where they come from", async () => {
    await ide.setText("with o as (select * from {{ ref('stg_orders') }})\nselect\n  o.\nfrom o\n");
    for (const key of ["Control+Home", "ArrowDown", "ArrowDown", "End"]) await page.keyboard.press(key);
    await page.keyboard.press("Control+Space");
    await expect(suggestions.getByRole("option", { name: /order_id/ }).first()).toBeVisible();
    await page.keyboard.type("order_id");
    await page.keyboard.press("Escape");
    await ide.expectText("o.order_id");
    const select =
      "select order_id, count(*) as n, order_id = 1 as is_first, max(ordered_at) as last_at from {{ ref('fct_orders') }} group by 1";
    const types = [/^order_id, bigint · o/, /^n, bigint/, /^is_first, boolean/, /^last_at, timestamp/];
    await offered(`with o as (${select})\nselect o. from o`, " from o".length, "", ...types);
    await page.keyboard.press("Control+Space");
    await expect(page.locator(".suggest-details")).toContainText("The number of the order");
    await page.keyboard.press("Control+Space");
    await page.keyboard.press("Escape");
    await ide.setText("select nobody. from x");
    for (let step = 0; step < 7; step += 1) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Control+Space");
    await expect(page.locator(".suggest-widget")).toContainText("No suggestions");
    await page.keyboard.press("Escape");
  });

  await test.step("a file that is broken further on completes all the same", async () => {
    await ide.setText("with o as (select * from {{ ref('stg_orders') }})\nselect\n  o.\nfrom o where {% if (");
    for (const key of ["Control+Home", "ArrowDown", "ArrowDown", "End"]) await page.keyboard.press(key);
    await page.keyboard.press("Control+Space");
    await expect(suggestions.getByRole("option", { name: /ordered_at/ }).first()).toBeVisible();
    await page.keyboard.press("Escape");
  });

  await test.step("source is offered in two steps, configuration with its values, macros with their arguments", async () => {
    await offered("select * from {{ source('') }}", 5, "river", /^riverbank_raw/);
    await page.keyboard.press("Escape");
    await offered("select * from {{ source('riverbank_raw', '') }}", 5, "web", /^web_events/);
    await page.keyboard.press("Enter");
    await ide.expectText("{{ source('riverbank_raw', 'web_events') }}");
    await offered("{{ config() }}", 4, "mater", /^materialized/);
    await page.keyboard.press("Escape");
    await offered("{{ config(materialized='') }}", 5, "incr", /^incremental/);
    await page.keyboard.press("Escape");
    await offered("select {{ dbt. }}", 3, "type_str", /^type_string/);
    await page.keyboard.press("Escape");
    await offered("select 1 ", 0, "list_cont", /^list_contains/);
    await page.keyboard.press("Escape");
    await offered("select 1 ", 0, "quali", /^qualify/);
    await page.keyboard.press("Escape");
    await ide.setText("select {{ ratio");
    await page.keyboard.type("(");
    await expect(page.locator(".parameter-hints-widget.visible")).toContainText("part");
    await page.keyboard.press("Escape");
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

  await test.step("what was chosen comes first from then on, also where the package is named", async () => {
    await offered("select * from {{ ref('') }}", 5, "dim_", /^dim_customers/);
    await expect(suggestions.getByRole("option").first()).toHaveAccessibleName(/^dim_stores/);
    await page.keyboard.press("Escape");
    await offered("select * from {{ ref('riverbank', '') }}", 5, "dim_", /^dim_customers/);
    await expect(suggestions.getByRole("option").first()).toHaveAccessibleName(/^dim_stores/);
    await page.keyboard.press("Enter");
    await ide.expectCompiled("dim_stores");
  });

  await test.step("variables come with their values, environment variables from all files, docs blocks with their text", async () => {
    await offered("select {{ var('') }}", 5, "", /^dormant_after_days, 90/);
    await page.keyboard.press("Escape");
    await offered("select {{ env_var('') }}", 5, "", /^RIVERBANK_SCHEMA/);
    await page.keyboard.press("Escape");
    await offered("select {{ doc('') }}", 5, "order_st", /^order_status/);
    await page.keyboard.press("Escape");
    await ide.setText("select * from {{ ref('dim_stores') }}");
    for (let step = 0; step < 5; step += 1) await page.keyboard.press("ArrowLeft");
  });

  await test.step("hover and peek tell of a model without leaving the file", async () => {
    await page.keyboard.press("Control+K");
    await page.keyboard.press("Control+I");
    await expect(card).toContainText("dim_stores");
    await expect(card).toContainText("table");
    await expect(card).toContainText("store_id");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Alt+F12");
    await expect(page.locator(".peekview-widget")).toContainText("dim_stores.sql");
    await page.keyboard.press("Escape");
    await expect(page.locator(".peekview-widget")).toBeHidden();
  });

  await test.step("cards tell of sources, macros, variables, docs blocks, columns, CTEs and of what is not there", async () => {
    const source = "select * from {{ source('riverbank_raw', 'orders') }}";
    await cardOf(
      source,
      45,
      "Owner: platform",
      "Freshness: warns after",
      "Tests: 2 (not_null, unique)",
      "Orders as placed",
    );
    await cardOf("select {{ cents_to_euros('x') }}", 12, "cents_to_euros(column, decimals=2)", "whole number of cents");
    await cardOf(
      "select {{ var('late_after_minutes') }}",
      18,
      "project variable",
      "5",
      "A delivery is late once it arrives",
    );
    await cardOf("select {{ doc('order_status') }}", 18, "docs block", "on its way");
    const column = "select o.order_id from {{ ref('fct_orders') }} o";
    await cardOf(column, 11, "order_id bigint", "column of fct_orders", "as on the receipt", "Tests: not_null, unique");
    const cte = "with totals as (select order_id, count(*) as n from {{ ref('fct_orders') }} group by 1) select 1";
    await cardOf(cte, 7, "CTE of this file", /n\s*bigint/, "as on the receipt");
    await cardOf("select * from {{ ref('nobody_here') }}", 24, "nobody_here");
    await page.keyboard.press("F12");
    await expect(page.locator(".monaco-editor-overlaymessage")).toContainText("No definition found");
    await page.keyboard.press("Escape");
    await ide.setText("select * from {{ ref('dim_stores') }}");
    for (let step = 0; step < 5; step += 1) await page.keyboard.press("ArrowLeft");
  });

  await test.step("the definition opens, the ribbon names its neighbours, and Alt-Left leads back", async () => {
    await page.keyboard.press("F12");
    await expect(ide.tab("dim_stores.sql")).toHaveAttribute("aria-selected", "true");
    const ribbon = page.getByRole("navigation", { name: "Depends on and used by" });
    await expect(ribbon.getByRole("button", { name: "stg_stores" })).toBeVisible();
    await page.keyboard.press("Alt+ArrowLeft");
    await expect(ide.tab("weekly_trading_review.sql")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("{{ ref('dim_stores') }}");
    await page.keyboard.press("Alt+ArrowRight");
    await expect(ide.tab("dim_stores.sql")).toHaveAttribute("aria-selected", "true");
    await ide.preview();
    await expect(ide.cell(0, 0)).toHaveText(/\d/);
    await ribbon.getByRole("button", { name: "stg_stores" }).click();
    await expect(ide.tab("stg_stores.sql")).toHaveAttribute("aria-selected", "true");
    await expect(ribbon.getByRole("button", { name: "riverbank_raw.stores" })).toBeVisible();
    await page.keyboard.press("Alt+ArrowLeft");
    await expect(ide.tab("dim_stores.sql")).toHaveAttribute("aria-selected", "true");
    await page.keyboard.press("Alt+ArrowLeft");
    await expect(ide.tab("weekly_trading_review.sql")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("{{ ref('dim_stores') }}");
    // The history of previews is asked for once in some seconds.
    await expect(async () => {
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+K");
      await page.keyboard.press("Control+I");
      await expect(card).toContainText("Last preview: complete", { timeout: 2_000 });
    }).toPass();
    await page.keyboard.press("Escape");
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

  await test.step("a comment inside of Jinja takes it whole; of a selection it takes what is selected; YAML gets its own mark", async () => {
    await ide.setText("{{\nconfig(tags=['x'])\n}}\nselect 1 as one");
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Control+/");
    await ide.expectText("{# {{ config(tags=['x']) }} #} select 1 as one");
    await page.keyboard.press("Control+/");
    await ide.expectText("{{ config(tags=['x']) }} select 1 as one");
    await expect(ide.editor.locator(".view-lines").first()).not.toContainText("{#");
    await page.keyboard.press("Shift+Alt+A");
    await ide.expectText("{# {{ config(tags=['x']) }} #} select 1 as one");
    await page.keyboard.press("Control+End");
    for (let step = 0; step < 6; step += 1) await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Shift+Alt+A");
    await ide.expectText("#} select 1 {# as one #}");
    await page.keyboard.press("Shift+Alt+A");
    await ide.expectText("#} select 1 as one");
    await ide.openFile("models/_groups.yml");
    await ide.focusEditor();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Shift+Alt+A");
    await ide.expectText("# groups:");
    await page.keyboard.press("Control+Z");
    await expect(ide.editor.locator(".view-lines").first()).not.toContainText("# groups:");
  });

  await test.step("a macro is found by its name, and what is nowhere is said so", async () => {
    await page.keyboard.press("Control+Shift+O");
    const field = page.getByRole("combobox", { name: "Go to file, symbol or command" });
    await field.fill("@no_such_thing_here");
    await expect(page.getByText("Nothing matches “no_such_thing_here”.")).toBeVisible();
    await field.fill("@cents_to");
    await expect(page.getByRole("option", { name: /cents_to_euros/ }).first()).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(ide.tab("money.sql")).toHaveAttribute("aria-selected", "true");
  });

  await test.step("macros and YAML have a ribbon too; a file that no node has to do with has none", async () => {
    const ribbon = page.getByRole("navigation", { name: "Depends on and used by" });
    await expect(ribbon).toContainText("Used by 14");
    await expect(ribbon.getByRole("button", { name: "customers_monthly_cohorts" })).toBeVisible();
    await ide.openFile("models/staging/_riverbank_raw__sources.yml");
    await expect(ribbon).toContainText("Used by");
    await expect(ribbon.getByRole("button", { name: "stg_customers" })).toBeVisible();
    await ide.openFile("models/staging/_staging__models.yml");
    await expect(ribbon).toContainText("Describes 11");
    await ide.openFile("README.md");
    await expect(ribbon).toBeHidden();
  });

  await test.step("YAML indents what belongs to an entry, and offers the keys of the place, names and tests", async () => {
    await ide.openFile("models/_groups.yml");
    await ide.focusEditor();
    await page.keyboard.press("Control+A");
    const lines = [
      ["models:", 3],
      ["- name: dim_stores", 5],
      ["columns:", 7],
      ["- name: store_id", 9],
    ] as const;
    for (const [index, [line, column]] of lines.entries()) {
      await page.keyboard.insertText(line);
      await page.keyboard.press("Escape");
      await ide.newLine(index + 2, column);
    }
    await page.keyboard.type("data_te");
    await expect(suggestions.getByRole("option", { name: /^data_tests/ })).toBeVisible();
    await page.keyboard.press("Enter");
    await ide.expectText("data_tests:");
    await page.keyboard.type("unique_t");
    await expect(suggestions.getByRole("option", { name: /^unique_together/ })).toBeVisible();
    await page.keyboard.press("Escape");
  });

  await test.step("a key and a value that dbt's schemas do not know are problems where they stand", async () => {
    await ide.setText("models:\n- name: dim_stores\n  descripton: x\nconfig:\n  access: everyone");
    await expect(ide.editor.locator(".squiggly-warning, .squiggly-error").first()).toBeVisible();
    await ide.openPanel("Problems");
    await expect(page.getByRole("list", { name: "Problems" })).toContainText("descripton");
    await expect(page.getByRole("list", { name: "Problems" })).toContainText("everyone");
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
