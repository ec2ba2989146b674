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

  await ide.openFile("models/intermediate/_intermediate__models.yml");
  await outline.getByRole("button", { name: /^int_calendar/ }).click();
  await expect(page.getByRole("navigation", { name: "Path" })).toContainText("modelsint_calendar");
});
