import { readFileSync } from "node:fs";
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
    await page.getByRole("button", { name: "Back to models" }).click();
    const own = table.getByRole("row", { name: /^int_orders_totalled/ });
    await expect(own).toContainText("int_order_lines_priced");
    await expect(own).not.toContainText("stg_orders");
    await page.getByRole("button", { name: "Graph", exact: true }).click();
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
    await expect(page.getByRole("combobox", { name: "Steps below" })).toHaveText("2 down");
    await details.getByRole("region", { name: "Exposures" }).getByRole("button", { name: "supplier_talks" }).click();
    await expect(details).toContainText("exposure · models/_exposures.yml");
    await expect(page.getByRole("combobox", { name: "Steps below" })).toHaveText(/^[35] down$/);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export the graph" }).click();
    await page.getByRole("menuitem", { name: "SVG drawing" }).click();
    const drawing = await download;
    expect(drawing.suggestedFilename()).toMatch(/^lineage-.*\.svg$/);
    const svg = readFileSync(await drawing.path(), "utf8");
    expect(svg).toMatch(/^<svg xmlns="[^"]+" width="\d+/);
    for (const name of ["int_orders_totalled", "fct_orders", "supplier_talks"]) expect(svg).toContain(`>${name}<`);
  });

  const selector = page.getByRole("textbox", { name: "Select nodes, in dbt's selector syntax" });
  await test.step("dbt's selector, and its complaints", async () => {
    await selector.fill("+dim_customers,resource_type:source");
    await selector.press("Enter");
    await page.getByRole("button", { name: "List", exact: true }).click();
    const table = page.getByRole("table", { name: "Nodes of the graph" });
    await expect(table).toContainText("riverbank_raw.customers");
    await expect(table).not.toContainText("dim_stores");
    await table.getByRole("button", { name: "riverbank_raw.customers", exact: true }).click();
    await details.getByRole("tab", { name: "Columns" }).click();
    await details.getByRole("button", { name: "Read its columns" }).click();
    await expect(details).toContainText("As the warehouse had them at");
    await expect(details).not.toContainText("It may have columns that are not known here.");
    const exclude = page.getByRole("textbox", { name: "Exclude nodes, in dbt's selector syntax" });
    await selector.fill("--select models/marts/finance/* --exclude fct_*");
    await selector.press("Enter");
    await expect(table).toContainText("finance_daily_revenue");
    await expect(table.getByRole("row", { name: /^fct_/ })).toHaveCount(0);
    await expect(exclude).toHaveValue("fct_*");
    await exclude.fill("");
    await selector.fill("no_such_method:x");
    await selector.press("Enter");
    const refused = page.getByRole("alert").filter({ hasText: "dbt does not take this selector" });
    await expect(refused).toContainText("no_such_method");
    await selector.fill("@dim_customers+");
    await selector.press("Enter");
    await expect(refused).toContainText("@dim_customers+");
    await selector.fill("dim_customers+");
    await exclude.fill("+dim_customers+");
    await selector.press("Enter");
    await expect(page.getByText("No node of the project fits this selector.")).toBeVisible();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByRole("button", { name: "Graph", exact: true }).click();
  });

  const drawn = graph.locator("canvas").first();
  const counted = page.getByRole("status").filter({ hasText: /\d nodes?(,|$)/ });
  await test.step("as many steps as are asked for; found by name, moved and opened by mouse", async () => {
    for (const steps of ["Steps above", "Steps below"]) {
      await page.getByRole("combobox", { name: steps }).click();
      await page.getByRole("option", { name: /^0 / }).click();
    }
    await expect(counted).toHaveText("1 node");
    await page.getByRole("combobox", { name: "Steps below" }).click();
    await page.getByRole("option", { name: /^all / }).click();
    await expect(counted).toHaveText(/^\d\d nodes$/);
    const find = page.getByRole("textbox", { name: "Find in the graph" });
    await find.fill("no such thing");
    await expect(counted).toContainText("none of that name");
    await find.fill("fct_orders");
    await expect(counted).toContainText("1 found");
    await find.press("Enter");
    await expect(details).toContainText("models/marts/finance/fct_orders.sql");
    const box = await drawn.boundingBox();
    if (box === null) throw new Error("There is no graph.");
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.down();
    await page.mouse.move(middle.x - 60, middle.y + 50, { steps: 4 });
    await page.mouse.up();
    await page.mouse.dblclick(middle.x - 60, middle.y + 50);
    await expect(ide.tab("fct_orders.sql")).toHaveAttribute("aria-selected", "true");
  });

  await test.step("the whole project is seen whole, zoomed into and moved, and drawn as a picture", async () => {
    await page.getByRole("textbox", { name: "Find in the graph" }).fill("");
    await page.getByRole("button", { name: "Whole project" }).click();
    const project = page.getByRole("application", { name: "Lineage of the project" }).locator("canvas").first();
    const nodes = (await project.getAttribute("data-nodes")) ?? "";
    await page.getByRole("button", { name: "Show everything" }).click();
    await expect(project).toHaveAttribute("data-drawn", nodes);
    const box = await project.boundingBox();
    if (box === null) throw new Error("There is no graph.");
    await page.mouse.move(box.x + box.width / 2, box.y + 4);
    await page.mouse.wheel(0, -1_000);
    await expect(project).not.toHaveAttribute("data-drawn", nodes);
    const near = (await project.getAttribute("data-drawn")) ?? "";
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height - 4, { steps: 4 });
    await page.mouse.up();
    await expect(project).not.toHaveAttribute("data-drawn", near);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export the graph" }).click();
    await page.getByRole("menuitem", { name: "PNG picture" }).click();
    const picture = await download;
    expect(picture.suggestedFilename()).toMatch(/^lineage-.*\.png$/);
    const png = readFileSync(await picture.path());
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(Math.min(png.readUInt32BE(16), png.readUInt32BE(20))).toBeGreaterThan(400);
  });

  await test.step("the overview leads elsewhere; the keys zoom, and show everything again", async () => {
    const application = page.getByRole("application", { name: "Lineage of the project" });
    const [project, overview] = [application.locator("canvas").first(), application.locator("canvas").last()];
    const camera = (await project.getAttribute("data-camera")) ?? "";
    await overview.click({ position: { x: 6, y: 50 } });
    await expect(project).not.toHaveAttribute("data-camera", camera);
    await application.focus();
    await page.keyboard.press("0");
    await expect(project).toHaveAttribute("data-drawn", (await project.getAttribute("data-nodes")) ?? "");
    await expect(overview).toBeHidden();
    const whole = (await project.getAttribute("data-camera")) ?? "";
    await page.keyboard.press("+");
    await expect(project).not.toHaveAttribute("data-camera", whole);
    await page.keyboard.press("0");
    await expect(project).toHaveAttribute("data-camera", whole);
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
