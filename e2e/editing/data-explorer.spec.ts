import { expect, test } from "../support";

test("names come from the warehouse, lead to rows, and go into the text; with preview off it says who decided", async ({
  page,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText("select * from ");
  await page.keyboard.press("Control+Shift+D");
  const tree = page.getByRole("tree", { name: "Warehouse" });
  await page.getByRole("textbox", { name: "Filter relations" }).fill("raw stores");
  const stores = tree.getByRole("treeitem", { name: /^(table|view) \S*stores$/ }).first();
  await stores.click();
  await expect(tree.getByRole("treeitem", { name: /opened_on/ })).toBeVisible();
  await stores.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Insert name at the cursor" }).click();
  await ide.expectText("stores");
  await stores.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Preview rows" }).click();
  await expect(ide.status).toContainText(/\d+ rows/);

  const admin = await anotherBrowser("admin");
  await admin.goto("/admin/policy");
  await admin.getByRole("button", { name: "Switch preview off…" }).click();
  await admin.getByRole("dialog").getByLabel("Reason").fill("Closing");
  await admin.getByRole("dialog").getByRole("button", { name: "Switch preview off" }).click();
  await expect(admin.getByRole("dialog")).toBeHidden();
  await page.getByRole("button", { name: "Read the warehouse again" }).click();
  await expect(page.getByRole("complementary", { name: "Side bar" })).toContainText("switched preview off");
});
