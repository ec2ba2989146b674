import { expect, Ide, test } from "../support";

test.use({ company: "together" });

test("from sign-in to rows without a mouse", async ({ page, world, organisation }) => {
  await page.goto("/signin");
  await expect(page.getByLabel("Organisation name or work e-mail")).toBeFocused();
  await page.keyboard.type(organisation.person("developer").email);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${world.address}/`);
  const clone = page.getByRole("button", { name: "Clone and open" });
  await expect(clone).toBeVisible();
  await clone.focus();
  await page.keyboard.press("Enter");
  const ide = new Ide(page);
  await expect(page.getByRole("treeitem", { name: "dbt_project.yml" })).toBeVisible({ timeout: 30_000 });
  await ide.expectSession("ready");

  await page.keyboard.press("Control+P");
  // As fast as keys come: Enter opens what belongs to all of them.
  await page.keyboard.type("dim_stores.sql");
  await page.keyboard.press("Enter");
  await expect(ide.tab("dim_stores.sql")).toHaveAttribute("aria-selected", "true");
  await expect(ide.editor.locator(".view-line").first()).toBeVisible();
  await expect(page.locator(".monaco-editor.focused, .monaco-editor:focus-within").first()).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(ide.cell(0, 0)).toHaveText(/\d/);

  await ide.results.getByRole("grid").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toContainText("row 2");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("Control+Shift+P");
  await page.keyboard.type("keyboard shortcuts");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toContainText("Preview selection or file");
});
