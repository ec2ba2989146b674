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

  await test.step("a lens stands right above its line: of the first line when the file opens, and when the text around it is another", async () => {
    const lens = ide.editor.getByRole("button", { name: "Preview CTE" }).first();
    const lines = ide.editor.locator(".view-line");
    const distance = async () => {
      const line = lines.filter({ hasText: "with" }).first();
      const [above, below] = [await lens.boundingBox(), await line.boundingBox()];
      return above && below ? Math.round(below.y - above.y) : null;
    };
    await ide.openFile("models/marts/finance/finance_store_months.sql");
    await expect(lens).toBeInViewport({ ratio: 1 });
    const usual = await distance();
    await ide.openFile("analyses/weekly_trading_review.sql");
    await ide.setText("-- note\nwith x as (select 1 as n)\nselect n from x");
    await expect.poll(distance).toBe(usual);
    await ide.setText("with x as (select 1 as n)\n-- note\nselect n from x");
    await expect.poll(distance).toBe(usual);
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Enter");
    await expect.poll(distance).toBe(usual);
  });
});
