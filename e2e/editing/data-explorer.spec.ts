import { join } from "node:path";
import { expect, test } from "../support";
import { call, sampleProject } from "../support/api";

/** As many relations as a large warehouse has, in forty schemas, and a schema without any, with the columns that the catalog has. */
const manyRelations =
  "select 'large' as database, 'schema_' || (i // 500) as schema, 'table_' || i as name, 'table' as kind from range(20000) as numbers (i) union all select 'large', 'bare', null, 'schema' order by 1, 2, 3";

test("names come from the warehouse, lead to rows, and go into the text; with preview off it says who decided", async ({
  page,
  signInAs,
  openSample,
  anotherBrowser,
  context,
  world,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText("select * from ");
  await page.keyboard.press("Control+Shift+D");
  const tree = page.getByRole("tree", { name: "Warehouse" });
  await page.getByRole("textbox", { name: "Filter relations" }).fill("raw stores");
  const stores = tree.getByRole("treeitem", { name: "table stores, source of the project" });
  await stores.click();
  await expect(tree.getByRole("treeitem", { name: /opened_on/ })).toBeVisible();
  await stores.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Insert name at the cursor" }).click();
  await ide.expectText("stores");
  await stores.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Preview rows" }).click();
  await expect(ide.status).toContainText(/\d+ rows/);

  await stores.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Copy as source()" }).click();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toBe("{{ source('riverbank_raw', 'stores') }}");
  await stores.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Copy as source YAML" }).click();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toContain("schema: raw\n    tables:\n      - name: stores\n        columns:\n          - name: store_id\n");
  await tree.getByRole("treeitem", { name: /opened_on/ }).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Profile" }).click();
  await expect(ide.status).toContainText(/profile of opened_on in/);
  await expect(ide.cell(0, 0)).toHaveText("rows");
  await expect(ide.cell(3, 0)).toHaveText("minimum");
  await expect(ide.cell(3, 1)).toHaveText("2016-03-14");

  await test.step("a whole relation is profiled, a row a column", async () => {
    await stores.click({ button: "right" });
    await page.getByRole("menuitem", { name: "Profile all columns" }).click();
    await expect(ide.status).toContainText("profile of raw.stores");
    await expect(ide.cell(0, 0)).toHaveText("store_id");
    await expect(ide.cell(0, 2)).toHaveText("12");
  });

  await test.step("what a model is built as goes into the text by its ref, and leads to its file", async () => {
    await page.getByRole("textbox", { name: "Filter relations" }).fill("dim_stores");
    const model = tree.getByRole("treeitem", { name: /dim_stores, model of the project$/ });
    await model.click({ button: "right" });
    await page.getByRole("menuitem", { name: "Insert as ref()" }).click();
    await ide.expectText("{{ ref('dim_stores') }}");
    await model.click({ button: "right" });
    await page.getByRole("menuitem", { name: "Go to the model" }).click();
    await expect(ide.tab("dim_stores.sql")).toHaveAttribute("aria-selected", "true");
    await ide.openFile("analyses/weekly_trading_review.sql");
  });

  const again = page.getByRole("button", { name: "Read the warehouse again" });
  await test.step("twenty thousand relations are listed, walked by keyboard and filtered; only what is seen is drawn", async () => {
    const list = { sql: `${manyRelations} limit 0` };
    await page.route("**/api/preview", (route) => {
      const body = route.request().postDataJSON() as { what: { kind: string } | null };
      return body.what?.kind === "catalog"
        ? route.continue({ postData: JSON.stringify({ ...body, what: null, sql: list.sql }) })
        : route.continue();
    });
    await page.getByRole("textbox", { name: "Filter relations" }).fill("");
    await again.click();
    await expect(page.getByText("The warehouse is empty")).toBeVisible();
    list.sql = manyRelations;
    await again.click();
    const large = tree.getByRole("treeitem", { name: "database large, 20000 relations" });
    await large.click();
    await tree.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await expect(tree.getByRole("treeitem", { name: "schema bare, 0 relations" })).toHaveAttribute(
      "aria-expanded",
      "true",
    );
    await expect(tree.getByRole("treeitem", { name: "No relations" })).toBeVisible();
    await page.keyboard.press("End");
    await expect(tree.getByRole("treeitem", { name: /^schema schema_9,/ })).toHaveAttribute("aria-selected", "true");
    expect(await tree.getByRole("treeitem").count()).toBeLessThan(120);
    await page.getByRole("textbox", { name: "Filter relations" }).fill("schema_39 table_1999");
    await expect(tree.getByRole("treeitem", { name: /^table table_1999\d$/ })).toHaveCount(10);
    await page.getByRole("textbox", { name: "Filter relations" }).fill("no such thing");
    await expect(page.getByText("Nothing is named like “no such thing”")).toBeVisible();
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await page.unroute("**/api/preview");
  });

  const admin = await anotherBrowser("admin");
  await test.step("a connection that fails is said in the tree's place, and works again when it is mended", async () => {
    const { id, environments } = await sampleProject(admin);
    const environment = environments.find(({ adapter }) => adapter === "duckdb");
    const connect = async (settings: Record<string, string | number | boolean> | undefined) => {
      const input = { projectId: id, ...environment, environmentId: environment?.id, settings };
      expect((await call(admin, "environments.save", input)).error).toBeNull();
    };
    await connect({ path: join(world.dataFolder, "demo", "warehouse", "nowhere.duckdb") });
    await again.click();
    const failed = page.getByRole("alert").filter({ hasText: "The warehouse's names could not be read" });
    await expect(failed).toContainText("nowhere.duckdb");
    await connect(environment?.settings);
    await failed.getByRole("button", { name: "Try again" }).click();
    await expect(tree.getByRole("treeitem", { name: /^database/ })).toBeVisible();
  });

  await admin.goto("/admin/policy");
  await admin.getByRole("button", { name: "Switch preview off…" }).click();
  await admin.getByRole("dialog").getByLabel("Reason").fill("Closing");
  await admin.getByRole("dialog").getByRole("button", { name: "Switch preview off" }).click();
  await expect(admin.getByRole("dialog")).toBeHidden();
  await page.getByRole("textbox", { name: "Filter relations" }).fill("raw stores");
  await stores.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Profile all columns" }).click();
  await expect(ide.results).toContainText("Preview is switched off by your administrator");
  await page.getByRole("button", { name: "Read the warehouse again" }).click();
  await expect(page.getByRole("complementary", { name: "Side bar" })).toContainText("switched preview off");

  await ide.setText("with one as (select 1 as n) select n from one");
  await page.getByRole("button", { name: "Preview CTE" }).click();
  await expect(ide.results).toContainText("Preview is switched off by your administrator");
});
