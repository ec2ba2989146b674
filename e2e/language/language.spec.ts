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
    // All of it within a frame or two.
    await offered("select 1", 0, " quali", /^qualify/);
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
