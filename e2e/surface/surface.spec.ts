import type { Page } from "@playwright/test";
import { expect, test } from "../support";

test.use({ company: "together" });

test("a scratchpad compiles, previews, and is there in another browser; deleted, it can be brought back", async ({
  page,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await page.getByRole("button", { name: "New scratchpad" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("how many");
  await page.keyboard.press("Enter");
  await expect(ide.tab("how many.sql")).toHaveAttribute("aria-selected", "true");
  await ide.setText("select count(*) as stores from {{ ref('dim_stores') }}");
  await ide.expectCompiled("dim_stores");
  await ide.preview();
  await expect(ide.status).toContainText(/how many\.sql\s*1 row/);
  await expect(ide.cell(0, 0)).toHaveText(/^\d+$/);
  await expect(page.getByRole("button", { name: /\bunsaved$/ })).toBeHidden();

  await test.step("a name that is taken is refused; renamed, its tab goes with it", async () => {
    await page.getByRole("button", { name: "New scratchpad" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("how many");
    await expect(page.getByRole("dialog")).toContainText("There is a scratchpad with this name.");
    await expect(page.getByRole("dialog").getByRole("button", { name: "Create" })).toBeDisabled();
    await page.keyboard.press("Escape");
    const own = page.getByRole("region", { name: "Scratchpads" });
    await own.getByRole("listitem").hover();
    await own.getByRole("button", { name: "Rename scratchpad how many" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("stores we have");
    await page.keyboard.press("Enter");
    await expect(ide.tab("stores we have.sql")).toHaveAttribute("aria-selected", "true");
    await expect(ide.tab("how many.sql")).toBeHidden();
  });

  const other = await openSample(await anotherBrowser("developer"));
  const pads = other.page.getByRole("region", { name: "Scratchpads" });
  await other.page.keyboard.press("F1");
  await other.page.getByRole("combobox").fill(">open scratchpad");
  await other.page.getByRole("option", { name: /Open scratchpad/ }).click();
  await other.page.getByRole("option", { name: "stores we have" }).click();
  await other.expectText("select count(*) as stores");
  await pads.getByRole("listitem").hover();
  await pads.getByRole("button", { name: "Delete scratchpad stores we have" }).click();
  await expect(pads.getByRole("listitem").getByText("stores we have")).toBeHidden();
  await other.page.getByRole("button", { name: "Undo" }).click();
  await expect(pads.getByRole("button", { name: "stores we have", exact: true })).toBeVisible();
});

test("a CSV file is edited as a table with undo; Markdown is shown as a page with its diagram", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await page.keyboard.press("Control+P");
  await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill("return_reasons.csv");
  await page.getByRole("option", { name: "return_reasons.csv" }).click();
  const table = page.getByRole("grid", { name: "seeds/return_reasons.csv as a table" });
  const cell = table.locator("#csv-1-1");
  const before = (await cell.textContent()) ?? "";
  await cell.dblclick();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText('wrong, "really"');
  await page.keyboard.press("Enter");
  await expect(cell).toHaveText('wrong, "really"');
  await expect(ide.tab("return_reasons.csv, unsaved")).toBeVisible();
  await page.getByRole("button", { name: "Edit as text" }).click();
  await ide.expectText('"wrong, ""really"""');
  await page.getByRole("button", { name: "Edit as table" }).click();
  await table.press("Control+Z");
  await expect(cell).toHaveText(before);
  await expect(ide.tab("return_reasons.csv")).toHaveAccessibleName("return_reasons.csv");

  await test.step("rows of another width are said; a quote that never closes sends one to the text", async () => {
    await page.getByRole("button", { name: "Edit as text" }).click();
    await ide.setText("code,reason\na,b\nc\nd,e,f\n");
    await page.getByRole("button", { name: "Edit as table" }).click();
    await expect(page.getByText("2 rows have another number of cells than the first, from row 2.")).toBeVisible();
    await page.getByRole("button", { name: "Edit as text" }).click();
    const numbers = Array.from({ length: 40 }, (_, column) => `column_${column}`).join(",");
    await ide.setText(`${numbers}\n${numbers}\n`);
    await page.getByRole("button", { name: "Edit as table" }).click();
    await table.press("Control+ArrowRight");
    await expect(table.locator("#csv-1-39")).toBeInViewport({ ratio: 1 });
    await page.keyboard.press("F2");
    await expect(page.getByRole("textbox", { name: "Value of the cell" })).toBeFocused();
    await expect(page.getByRole("dialog")).toBeHidden();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Edit as text" }).click();
    await ide.setText('code,reason\na,"never closed\n');
    await page.getByRole("button", { name: "Edit as table" }).click();
    await expect(page.getByText("A quote in this file is never closed")).toBeVisible();
    await page.getByRole("button", { name: "Show the text" }).click();
    await ide.expectText("never closed");
  });

  await ide.openFile("models/docs.md");
  await ide.typeAtEnd(
    "\n# A page\n\n<script>window.bad = 1</script><img src='data:,'><form><button>send</button></form>\n\n```mermaid\nflowchart LR\n  raw --> mart\n```\n\n```mermaid\nnonsense here\n```\n",
  );
  await page.getByRole("button", { name: "Show preview" }).click();
  const preview = page.getByTestId("markdown-preview");
  await expect(preview.getByRole("heading", { name: "A page" })).toBeVisible();
  await expect(preview.getByRole("figure", { name: "Diagram" }).locator("svg")).toContainText("mart");
  await expect(preview.getByRole("alert")).toContainText("cannot be drawn");
  await expect(preview.locator("script, img, form, button")).toHaveCount(0);
  expect(await page.evaluate(() => (window as { bad?: number }).bad)).toBeUndefined();
});

test("zen mode, bookmarks, recent files, Vim keys and the first steps; what was chosen is there in another browser", async ({
  page,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const steps = page.getByRole("region", { name: "First steps" });
  await expect(steps.getByRole("listitem")).toHaveCount(5);
  await steps.getByRole("button", { name: "Next" }).click();
  await expect(steps.getByRole("heading", { name: "Watch it compile" })).toBeVisible();
  await steps.getByRole("button", { name: "Skip" }).click();
  await expect(page.getByText("Nothing is open")).toBeVisible();

  await ide.openFile("models/marts/operations/dim_stores.sql");
  await ide.focusEditor();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+F2");
  await ide.openFile("models/staging/stg_stores.sql");
  await page.keyboard.press("Shift+F2");
  await expect(ide.tab("dim_stores.sql")).toHaveAttribute("aria-selected", "true");
  await expect(ide.editor.locator(".bookmarked-line")).toBeVisible();
  await page.keyboard.press("F1");
  await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill(">show bookmarks");
  await page.getByRole("option", { name: /Show bookmarks/ }).click();
  await expect(page.getByRole("option", { name: /dim_stores\.sql:1$/ })).toBeVisible();
  await page.keyboard.press("Escape");

  await test.step("several cursors, two editors side by side, and a number typed into the preferences", async () => {
    await ide.openFile("analyses/weekly_trading_review.sql");
    await ide.setText("one one one");
    await page.keyboard.press("Control+Home");
    for (let step = 0; step < 3; step += 1) await page.keyboard.press("Control+D");
    await page.keyboard.insertText("two");
    await ide.expectText("two two two");
    await page.keyboard.press("Control+\\");
    await expect(page.getByRole("region", { name: "Editor group" })).toHaveCount(2);
    await page.keyboard.press("Alt+W");
    await expect(page.getByRole("region", { name: "Editor group" })).toHaveCount(1);
    await page.keyboard.press("Control+,");
    const size = page.getByRole("spinbutton", { name: "Editor font size" });
    await size.fill("");
    await size.pressSequentially("19");
    await expect(page.locator(".monaco-editor .view-line").first()).toHaveCSS("font-size", "19px");
    await size.fill("190");
    await expect(size).toHaveAttribute("aria-invalid", "true");
    await size.press("Tab");
    await expect(size).toHaveValue("19");
    await expect(page.locator(".monaco-editor .minimap").first()).toBeHidden();
    await page.getByRole("switch", { name: "Minimap" }).click();
    await expect(page.locator(".monaco-editor .minimap").first()).toBeVisible();
    await page.getByRole("spinbutton", { name: "Tab size" }).fill("2");
    await page.getByRole("switch", { name: "Word wrap" }).click();
    await page.getByRole("combobox", { name: "Theme" }).click();
    await page.getByRole("option", { name: "Dark" }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await page.keyboard.press("Escape");
    await ide.setText(`select '${"long ".repeat(100)}'`);
    expect(await ide.editor.locator(".view-line").count()).toBeGreaterThan(2);
    await ide.setText("\n");
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Tab");
    await expect(page.getByRole("button", { name: "Ln 1, Col 3" })).toBeVisible();
    await ide.openFile("models/marts/operations/dim_stores.sql");
  });

  await test.step("the open file is compared with another", async () => {
    await page.keyboard.press("F1");
    await page.getByRole("combobox").fill(">compare the open file");
    await page.getByRole("option", { name: /Compare the open file/ }).click();
    await page.getByRole("combobox").fill("stg_stores.sql");
    await page.getByRole("option", { name: /stg_stores\.sql/ }).click();
    await expect(ide.tab("stg_stores.sql ↔ dim_stores.sql")).toHaveAttribute("aria-selected", "true");
    await expect(page.locator(".monaco-diff-editor .editor.modified")).toContainText(/name\s+as\s+store_name/);
    await page.keyboard.press("Alt+W");
    await ide.openFile("models/marts/operations/dim_stores.sql");
  });

  await page.keyboard.press("Alt+W");
  await page.keyboard.press("Control+E");
  await page.getByRole("option", { name: /dim_stores\.sql.*closed/ }).click();
  await expect(ide.tab("dim_stores.sql")).toHaveAttribute("aria-selected", "true");

  await page.keyboard.press("Control+Alt+Z");
  await expect(page.getByRole("tree")).toBeHidden();
  await page.getByRole("button", { name: "Leave zen mode" }).click();
  await expect(page.getByRole("tree")).toBeVisible();

  const lower = page.getByRole("separator", { name: "Resize bottom panel" });
  await lower.focus();
  for (let step = 0; step < 3; step += 1) await page.keyboard.press("ArrowUp");
  const height = (at: Page) =>
    at
      .getByRole("region", { name: "Results" })
      .evaluate((element) => Math.round(element.getBoundingClientRect().height));
  const arranged = await height(page);
  const kept = page.waitForResponse((response) => /vim/.test(response.request().postData() ?? "") && response.ok());
  await page.keyboard.press("Control+Shift+P");
  await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill(">vim");
  await page.getByRole("option", { name: /Vim keys/ }).click();
  await expect(page.getByTestId("vim-line")).toContainText("NORMAL");
  await ide.focusEditor();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("Otyped in Vim");
  await page.keyboard.press("Escape");
  await ide.expectText("typed in Vim");
  await page.keyboard.type(":q");
  await page.keyboard.press("Enter");
  await expect(page.getByText("This file has unsaved changes: :wq saves and closes it.")).toBeVisible();
  await ide.focusEditor();
  await page.keyboard.type("u");
  await expect(ide.editor).not.toContainText("typed in Vim");
  await page.keyboard.type(":wq");
  await page.keyboard.press("Enter");
  await expect(ide.tab("dim_stores.sql")).toBeHidden();

  await kept;
  const other = await openSample(await anotherBrowser("developer"));
  await expect(other.page.getByText("Nothing is open")).toBeVisible();
  await expect(other.page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect.poll(() => height(other.page)).toBe(arranged);
  await other.openFile("models/staging/stg_stores.sql");
  await expect(other.page.getByTestId("vim-line")).toContainText("NORMAL");
});
