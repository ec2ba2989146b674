import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
  await expect(page.getByRole("alert").filter({ hasText: "This is not a regular expression." })).toBeVisible();
  await page.getByRole("button", { name: "Use regular expression" }).click();

  await test.step("a glob narrows it; what is generated, and Git's own files, are never found", async () => {
    mkdirSync(join(tree, "target"), { recursive: true });
    writeFileSync(join(tree, "target", "opened.sql"), "select opened_on_generated\n");
    writeFileSync(join(tree, ".git", "opened_on_kept"), "opened_on_kept\n");
    mkdirSync(join(tree, "notes"));
    writeFileSync(join(tree, "notes", "rows.csv"), "opened_on_huge\n".repeat(400_000));
    writeFileSync(join(tree, "notes", "rows.bin"), "opened_on_binary\0");
    await field.fill("opened_on");
    await expect(results.getByRole("treeitem", { name: /^models\/staging\/stg_stores\.sql/ })).toBeVisible();
    await expect(results).not.toContainText("opened_on_generated");
    await expect(results).not.toContainText("opened_on_kept");
    await expect(results).not.toContainText("opened_on_binary");
    await expect(page.getByRole("status").filter({ hasText: "1 file of more than 5 MB was left out" })).toBeVisible();
    await page.getByRole("button", { name: "Files to include and exclude" }).click();
    await page.getByRole("textbox", { name: "Files to include" }).fill("models/staging/*.sql");
    await expect(results.getByRole("treeitem", { level: 1 })).toHaveCount(1);
    await page.getByRole("textbox", { name: "Files to include" }).fill("models/[z-a]*");
    await expect(page.getByRole("alert").filter({ hasText: "not named by a glob" })).toBeVisible();
    await page.getByRole("textbox", { name: "Files to include" }).fill("nowhere/*");
    await expect(page.getByText("Nothing was found")).toBeVisible();
    await page.getByRole("textbox", { name: "Files to include" }).fill("models/staging/*.sql");
  });

  await test.step("one match is replaced by its key; a file that changed meanwhile is left alone and named", async () => {
    await page.getByRole("textbox", { name: "Replace with" }).fill("open_from");
    await expect(results.getByText("open_from").first()).toBeVisible();
    await results.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("r");
    await expect(page.getByText("Replaced 1 match in 1 file.")).toBeVisible();
    await expect.poll(() => read("models/staging/stg_stores.sql")).toContain("open_from");
    await page.getByRole("button", { name: "Undo the replacement" }).click();
    await expect.poll(() => read("models/staging/stg_stores.sql")).toBe(before);
    expect(read("target/opened.sql")).toBe("select opened_on_generated\n");
    await page.getByRole("textbox", { name: "Files to include" }).fill("models/marts/operations/dim_stores.sql");
    const other = "models/marts/operations/dim_stores.sql";
    await expect(
      results.getByRole("treeitem", { name: /^models\/marts\/operations\/dim_stores\.sql, / }),
    ).toBeVisible();
    writeFileSync(join(tree, other), `-- by somebody else\n${read(other)}`);
    await results.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("r");
    await expect(page.getByText("Nothing was replaced.")).toBeVisible();
    await expect(page.getByText("It was left as it is.")).toBeVisible();
    expect(read(other)).toContain("-- by somebody else");
    expect(read(other)).not.toContain("open_from");
  });
});
