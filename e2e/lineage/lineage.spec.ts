import { expect, test } from "../support";

test.use({ company: "together" });

test("lineage follows the open file and its unsaved text, down to columns and what may break", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/intermediate/int_orders_totalled.sql");
  await page.keyboard.press("Control+Alt+L");
  const graph = page.getByRole("application", { name: "Lineage of int_orders_totalled" });
  await expect(graph.locator("canvas").first()).toHaveAttribute("data-drawn", /^[1-9]/);
  const details = page.getByRole("region", { name: "Details of the node" });
  const columns = details.getByRole("list", { name: "Columns" });
  await expect(columns.getByRole("button", { name: /^order_total / })).toContainText("transformed from");

  await test.step("an edit that is not saved shows at once", async () => {
    await ide.setText(
      "select order_id, sum(net_amount) as takings from {{ ref('int_order_lines_priced') }} group by 1",
    );
    await expect(columns.getByRole("button", { name: /^takings / })).toContainText(
      "aggregated from int_order_lines_priced.net_amount",
    );
    await expect(columns.getByRole("button", { name: /^order_total / })).toBeHidden();
  });

  await test.step("a column through the project", async () => {
    await columns.getByRole("button", { name: /^takings / }).click();
    const traced = page.getByRole("application", { name: "Lineage of the column takings" });
    await expect(traced).toBeVisible();
    await page.getByRole("button", { name: "List", exact: true }).click();
    const table = page.getByRole("table", { name: "Nodes of the graph" });
    await expect(table.getByRole("row", { name: /^int_order_lines_priced/ })).toContainText("(aggregated)");
    await expect(table.getByRole("row", { name: /^riverbank_raw\.order_lines/ })).toBeVisible();
    await page.getByRole("button", { name: "Graph", exact: true }).click();
    await page.getByRole("button", { name: "Back to models" }).click();
  });

  await test.step("by keyboard along the edges, and into a file", async () => {
    await graph.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await expect(graph.getByText(/ above, .* below$/)).toContainText("model");
    await page.keyboard.press("Enter");
    await expect(ide.tab("int_orders_totalled.sql")).toHaveAttribute("aria-selected", "false");
    await ide.tab("int_orders_totalled.sql").click();
    await expect(details).toContainText("models/intermediate/int_orders_totalled.sql");
  });

  await test.step("what may break, and a picture of it", async () => {
    await details.getByRole("tab", { name: /^Impact/ }).click();
    await expect(details.getByRole("region", { name: "Models" })).toContainText("fct_orders");
    await expect(details.getByRole("region", { name: "Exposures" })).toBeVisible();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export the graph" }).click();
    await page.getByRole("menuitem", { name: "SVG drawing" }).click();
    expect((await download).suggestedFilename()).toMatch(/^lineage-.*\.svg$/);
  });

  await test.step("dbt's selector, and its complaint", async () => {
    const selector = page.getByRole("textbox", { name: "Select nodes, in dbt's selector syntax" });
    await selector.fill("+dim_customers,resource_type:source");
    await selector.press("Enter");
    await page.getByRole("button", { name: "List", exact: true }).click();
    const table = page.getByRole("table", { name: "Nodes of the graph" });
    await expect(table).toContainText("riverbank_raw.customers");
    await expect(table).not.toContainText("dim_stores");
    await selector.fill("no_such_method:x");
    await selector.press("Enter");
    await expect(page.getByRole("alert").filter({ hasText: "dbt does not take this selector" })).toContainText(
      "no_such_method",
    );
  });
});

test("problems appear while typing, with what was meant, and are mended from the text", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/marts/operations/dim_stores.sql");
  await ide.openPanel("Problems");
  const problems = page.getByRole("list", { name: "Problems" });
  await ide.setText("select store_id from {{ ref('stg_storse') }}");
  await expect(problems).toContainText("There is no model, seed or snapshot stg_storse. Did you mean stg_stores?");

  await ide.setText("select o.order_idd from {{ ref('int_orders_totalled') }} as o");
  await expect(problems).toContainText("o has no column order_idd. Did you mean order_id?");
  await expect(problems).not.toContainText("stg_storse");
  await ide.focusEditor();
  await page.keyboard.press("Control+Home");
  for (let step = 0; step < 12; step += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Control+.");
  await page.getByText("Replace by order_id").click();
  await ide.expectText("select o.order_id from");
  await expect(problems).toBeHidden();

  await ide.openFile("models/marts/operations/_operations__models.yml");
  await ide.setText("models:\n  - name: dim_storse\n");
  await expect(problems).toContainText("There is no model dim_storse");
});
