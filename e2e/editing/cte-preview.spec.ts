import { expect, test } from "../support";

test.use({ company: "together" });

test("a CTE is previewed alone, from the unsaved text", async ({ page, signInAs, openSample }) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText(
    "with first as (select 41 as answer), second as (select answer + 1 as more from first) select 'whole' as x",
  );
  await page.getByRole("button", { name: "Preview CTE" }).last().click();
  await expect(ide.cell(0, 0)).toHaveText("42");
  await expect(ide.status).toContainText("second in weekly_trading_review.sql");
});
