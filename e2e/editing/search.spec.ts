import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../support";
import { workingTree } from "../support/api";

test.use({ company: "together" });

test("a search finds unsaved text and files, shows replacements before they happen, and undoes them in one step", async ({
  page,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const tree = await workingTree(page, world);
  const read = (path: string) => readFileSync(join(tree, path), "utf8");
  const before = read("models/staging/stg_stores.sql");
  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText("select opened_on_unsaved from {{ ref('stg_stores') }}");

  await page.keyboard.press("Control+Shift+F");
  const field = page.getByRole("textbox", { name: "Search in project" });
  await expect(field).toBeFocused();
  await field.fill("(opened)_on");
  await page.getByRole("button", { name: "Use regular expression" }).click();
  const results = page.getByRole("tree", { name: "Search results" });
  await expect(results.getByRole("treeitem", { name: /^models\/staging\/stg_stores\.sql/ })).toBeVisible();
  await expect(results.getByRole("treeitem", { name: /opened_on_unsaved/ })).toBeVisible();
  await results.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(ide.tab("weekly_trading_review.sql")).toHaveAttribute("aria-selected", "true");

  await page.getByRole("button", { name: "Replace too" }).click();
  await page.getByRole("textbox", { name: "Replace with" }).fill("$1_since");
  await expect(results.getByText("opened_since").first()).toBeVisible();
  await page.getByRole("button", { name: "Replace all" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Replace all" }).click();
  await expect(page.getByText(/^Replaced \d+ matches in \d+ files\.$/)).toBeVisible();
  await expect.poll(() => read("models/staging/stg_stores.sql")).toContain("opened_since");
  await ide.expectText("opened_since_unsaved");
  await page.getByRole("button", { name: "Undo", exact: true }).first().click();
  await expect.poll(() => read("models/staging/stg_stores.sql")).toBe(before);
  await ide.expectText("opened_on_unsaved");

  await field.fill("(opened");
  await expect(page.getByText("This is not a regular expression.")).toBeVisible();
});
