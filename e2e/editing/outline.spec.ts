import { expect, test } from "../support";

test.use({ company: "together" });

const model = "with recent as (select 1 as a), doubled as (select a * 2 as b from recent) select b from doubled";

test("the outline follows what is typed, and leads to its parts", async ({ page, signInAs, openSample }) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText(model);
  await page.getByRole("tab", { name: "Outline" }).click();
  const outline = page.getByRole("navigation", { name: "Outline" });
  await expect(outline.getByRole("button")).toHaveText([/^recent/, /^a/, /^doubled/, /^b/, /^final select/, /^b/]);

  await test.step("a model without CTEs lists its columns; a text without any part says so", async () => {
    await ide.setText("select a,\n  a + 1 as b\nfrom {{ ref('stg_stores') }}");
    await expect(outline.getByRole("button")).toHaveText([/^final select/, /^a/, /^b/]);
    await outline.getByRole("button", { name: /^b/ }).click();
    await expect(page.getByRole("button", { name: /^Ln 2,/ })).toBeVisible();
    const path = page.getByRole("navigation", { name: "Path" });
    await expect(path).toContainText("weekly_trading_review.sqlb");
    await ide.setText(`with recent as (\n  select 1 as a,\n 2 as b\n)\nselect * from recent`);
    for (const key of ["Control+Home", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    await expect(path).toContainText("weekly_trading_review.sqlrecentb");
    await path.getByRole("button", { name: "recent" }).click();
    await expect(page.getByRole("button", { name: /^Ln 1,/ })).toBeVisible();
    await ide.setText("-- nothing yet");
    await expect(page.getByText("Nothing to list here")).toBeVisible();
    await expect(ide.editor.locator(".lens-row")).toHaveCount(0);
  });

  await test.step("blocks fold, their tags are matched, and the line that a long block begins with stays in sight", async () => {
    const lines = Array.from({ length: 60 }, (_, index) => `  select ${index} as n union all`).join("\n");
    await ide.setText(`{% if true %}\n${lines}\n  select 60 as n\n{% endif %}\n`);
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Control+Shift+Backslash");
    await expect(page.getByRole("button", { name: /^Ln 63,/ })).toBeVisible();
    await expect(ide.editor.locator(".sticky-widget")).toContainText("{% if true %}");
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Control+Shift+BracketLeft");
    await expect(ide.editor.locator(".view-lines").first()).not.toContainText("select 0 as n");
    await page.keyboard.press("Control+Shift+BracketRight");
    await ide.expectText("select 0 as n");
  });

  await test.step("what stands in a bracket or a block is indented, and its end comes back", async () => {
    await ide.setText("{% if execute %}");
    await ide.newLine(2, 5);
    await page.keyboard.insertText("select sum");
    // A bracket is closed once the editor has read its line.
    await expect(async () => {
      await page.keyboard.type("(");
      try {
        await expect(ide.editor.locator(".view-lines").first()).toContainText("sum()", { timeout: 2_000 });
      } catch (error) {
        await page.keyboard.press("Backspace");
        throw error;
      }
    }).toPass();
    await ide.newLine(3, 9);
    await page.keyboard.press("Control+End");
    await ide.newLine(5, 5);
    await page.keyboard.type("{% endif %}");
    await expect(page.getByRole("button", { name: /^Ln 5, Col 12/ })).toBeVisible();
  });

  await test.step("brackets and blocks have colours in both themes, and their other ends are marked", async () => {
    await ide.setText("select sum((1 + 2)) {% if a %} x {% elif b %} y {% endif %}");
    await page.keyboard.press("Control+Home");
    for (let step = 0; step < 10; step += 1) await page.keyboard.press("ArrowRight");
    await expect(ide.editor.locator(".bracket-match")).toHaveCount(2);
    for (let step = 0; step < 12; step += 1) await page.keyboard.press("ArrowRight");
    await expect(ide.editor.locator(".bracket-match")).toHaveCount(3);
    const colours = () =>
      ide.editor
        .locator(".view-line span span")
        .evaluateAll((spans) => new Set(spans.map((span) => getComputedStyle(span).color)).size);
    await expect.poll(colours).toBeGreaterThan(5);
    await page.emulateMedia({ colorScheme: "dark" });
    await expect(page.locator(".monaco-editor.vs-dark").first()).toBeVisible();
    await expect.poll(colours).toBeGreaterThan(5);
    await page.emulateMedia({ colorScheme: "light" });
    await expect(page.locator(".monaco-editor.vs-dark")).toHaveCount(0);
  });

  await test.step("two underscores offer snippets, and their places are gone through by Tab", async () => {
    await ide.setText("");
    await page.keyboard.type("__if");
    await expect(page.locator(".suggest-widget.visible").getByRole("option", { name: /^__if/ })).toBeVisible();
    await page.keyboard.press("Enter");
    await page.keyboard.type("target.name == 'prod'");
    await page.keyboard.press("Tab");
    await page.keyboard.insertText("limit 1");
    await ide.expectText("{% if target.name == 'prod' %} limit 1 {% endif %}");
  });

  await test.step("Markdown knows docs blocks: their colours, tags, parts and snippet", async () => {
    await ide.openFile("models/docs.md");
    await expect(outline.getByRole("button", { name: /^__overview__/ })).toBeVisible();
    await ide.focusEditor();
    await page.keyboard.press("Control+Home");
    await expect(ide.editor.locator(".bracket-match")).toHaveCount(2);
    await page.keyboard.press("Control+Shift+Backslash");
    await expect(page.getByRole("button", { name: /^Ln 9,/ })).toBeVisible();
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Enter");
    await page.keyboard.type("__do");
    await expect(page.locator(".suggest-widget.visible").getByRole("option", { name: /^__docs/ })).toBeVisible();
    await page.keyboard.press("Enter");
    await page.keyboard.type("shelf_life");
    await expect(outline.getByRole("button", { name: /^shelf_life/ })).toBeVisible();
  });

  await ide.openFile("models/intermediate/_intermediate__models.yml");
  await outline.getByRole("button", { name: /^int_calendar/ }).click();
  await expect(page.getByRole("navigation", { name: "Path" })).toContainText("modelsint_calendar");
});
