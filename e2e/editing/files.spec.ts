import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, Ide, test } from "../support";
import { workingTree } from "../support/api";

test.use({ company: "together" });

test("files are made, renamed, deleted and saved, and nothing is overwritten without a question", async ({
  page,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const tree = await workingTree(page, world);
  const file = join(tree, "models/staging/stg_stores.sql");

  await test.step("who clicks through files quickly sees the last of them", async () => {
    const rows = await ide.rowsOf("models/marts/finance");
    for (const row of await rows.all()) await row.click();
    await expect(ide.tab("finance_store_months.sql")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("finance_daily_revenue");
  });

  await test.step("a tab that was closed comes back with its file", async () => {
    await ide.openFile("models/staging/stg_orders.sql");
    await ide.openFile("models/staging/stg_stores.sql");
    await page.keyboard.press("Alt+W");
    await expect(ide.tab("stg_stores.sql")).toBeHidden();
    await ide.tab("stg_orders.sql").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Reopen closed tab" }).click();
    await expect(ide.tab("stg_stores.sql")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("manager_name");
  });

  await test.step("files are made, renamed with their open tab, duplicated and deleted with a way back", async () => {
    await page.getByRole("complementary", { name: "Side bar" }).getByRole("button", { name: "New file" }).click();
    await page.getByRole("dialog").getByLabel("Path").fill("models/marts/new/orders_today.sql");
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
    await expect(ide.tab("orders_today.sql")).toHaveAttribute("aria-selected", "true");
    await ide.setText("select * from {{ ref('fct_orders') }}");
    await ide.expectCompiled("fct_orders");
    await ide.save();
    expect(readFileSync(join(tree, "models/marts/new/orders_today.sql"), "utf8")).toBe(
      "select * from {{ ref('fct_orders') }}",
    );

    await ide.tree.getByRole("treeitem", { name: /^orders_today\.sql/ }).click();
    await ide.tree.focus();
    await page.keyboard.press("F2");
    await page.getByRole("dialog").getByLabel("Path").fill("models/staging/orders_now.sql");
    await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
    await expect(ide.tab("orders_now.sql")).toBeVisible();
    await expect(ide.tab("orders_today.sql")).toBeHidden();
    await expect.poll(() => existsSync(join(tree, "models/staging/orders_now.sql"))).toBe(true);

    await ide.tree.getByRole("treeitem", { name: /^orders_now\.sql/ }).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Duplicate" }).click();
    await expect(ide.tab("orders_now_copy.sql")).toHaveAttribute("aria-selected", "true");

    await ide.tree.getByRole("treeitem", { name: /^orders_now_copy\.sql/ }).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await expect(ide.tab("orders_now_copy.sql")).toBeHidden();
    await expect.poll(() => existsSync(join(tree, "models/staging/orders_now_copy.sql"))).toBe(false);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(ide.tree.getByRole("treeitem", { name: /^orders_now_copy\.sql/ })).toBeVisible();
  });

  await test.step("a file that changed underneath is not overwritten without a question", async () => {
    await ide.openFile("models/staging/stg_stores.sql");
    await ide.setText("select 'mine' as text");
    writeFileSync(file, "select 'theirs' as text\n");
    await page.keyboard.press("Control+S");
    const question = page.getByRole("dialog", { name: "The file changed on disk" });
    await expect(question).toBeVisible();
    expect(readFileSync(file, "utf8")).toContain("theirs");
    await question.getByRole("button", { name: "Compare" }).click();
    const comparison = page.getByRole("dialog", { name: /^Compare/ });
    await expect(comparison).toContainText("theirs");
    await comparison.getByRole("button", { name: "Overwrite" }).click();
    await expect.poll(() => readFileSync(file, "utf8")).toBe("select 'mine' as text");
  });

  await test.step("what has a toolbar opens after a comparison was closed", async () => {
    await ide.setText("select * from {{ ref('stg_orders') }}");
    await ide.expectCompiled("stg_orders");
    for (let step = 0; step < 5; step += 1) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Alt+F12");
    await expect(page.locator(".peekview-widget")).toContainText("stg_orders.sql");
    await page.keyboard.press("Escape");
    await expect(page.locator(".peekview-widget")).toBeHidden();
  });

  await test.step("autosave writes after a pause", async () => {
    await page.keyboard.press("Control+,");
    await page.getByRole("combobox", { name: "Autosave" }).click();
    await page.getByRole("option", { name: "After a pause" }).click();
    await page.keyboard.press("Escape");
    await ide.openFile("models/staging/stg_stores.sql");
    await ide.setText("select 'saved by itself' as text");
    await expect.poll(() => readFileSync(file, "utf8")).toBe("select 'saved by itself' as text");
  });
});

test("unsaved text survives a closed tab and is offered on return", async ({
  page,
  context,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/staging/stg_stores.sql");
  await ide.setText("select 'typed and never saved' as text");
  await ide.expectCompiled("typed and never saved");
  await page.close({ runBeforeUnload: false });

  const later = await Ide.open(await context.newPage(), world);
  await expect(later.page.getByText("Your unsaved changes to one file are back.")).toBeVisible();
  await later.tab("stg_stores.sql").click();
  await later.expectText("typed and never saved");
  await later.expectCompiled("typed and never saved");
});

test("two tabs on one file: the second learns of the first, and whoever saves second is asked", async ({
  page,
  context,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const first = await openSample(page);
  await first.openFile("models/staging/stg_stores.sql");
  const second = await Ide.open(await context.newPage(), world);
  await second.openFile("models/staging/stg_stores.sql");
  await first.setText("select 'first' as tab");
  await expect(second.page.getByText("This file has unsaved changes in another tab of this browser.")).toBeVisible();
  await second.setText("select 'second' as tab");
  await first.page.bringToFront();
  await first.page.keyboard.press("Control+S");
  await second.page.bringToFront();
  await expect(second.page.getByText("This file changed on disk while you were editing it.")).toBeVisible();
  await second.expectText("select 'second' as tab");
  await second.page.getByRole("button", { name: "Take theirs" }).click();
  await second.expectText("select 'first' as tab");
});

test("what another browser left unsaved counts no longer some time after that browser has gone", async ({
  page,
  world,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const desk = await Ide.open(await anotherBrowser("developer"), world);
  await desk.openFile("models/staging/stg_stores.sql");
  await desk.setText("select 'typed at the desk' as text");
  await desk.expectCompiled("typed at the desk");

  await test.step("it is one session, so the text counts while the desk has it", async () => {
    await ide.openFile("models/staging/stg_stores.sql");
    await ide.expectCompiled("typed at the desk");
  });

  await desk.page.context().close();
  await ide.expectCompiled("manager_name");
  await ide.expectText("manager_name");
});
