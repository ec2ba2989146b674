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
    await expect(page.getByRole("navigation", { name: "Path" })).toContainText("weekly_trading_review.sqlb");
    await ide.setText("-- nothing yet");
    await expect(page.getByText("Nothing to list here")).toBeVisible();
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

  await ide.openFile("models/intermediate/_intermediate__models.yml");
  await outline.getByRole("button", { name: /^int_calendar/ }).click();
  await expect(page.getByRole("navigation", { name: "Path" })).toContainText("modelsint_calendar");
});
