import { expect, test } from "../support";

test.use({ company: "together" });

test("CTEs, tests, sources, counts and columns are previewed from lenses, the palette and the result", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  // A lens may have an icon before its words.
  const lens = (name: string) => ide.editor.getByRole("button", { name: new RegExp(`^\\P{L}*${name}$`, "u") });
  const command = async (title: string) => {
    await page.keyboard.press("F1");
    await page.getByRole("combobox").fill(`>${title}`);
    await page.getByRole("option", { name: title }).first().click();
  };

  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText(
    "with base as (\nwith part as (select range as n, range % 2 = 0 as even from range(10)) select * from part),\nmore as (select n from base where even)\nselect * from more -- the end",
  );
  await lens("Row count").last().click();
  await expect(ide.status).toContainText("row count of more in weekly_trading_review.sql");
  await expect(ide.cell(0, 0)).toHaveText("5");
  await lens("Preview CTE").nth(1).click();
  await expect(ide.status).toContainText("part in weekly_trading_review.sql");
  await expect(ide.status).toContainText("10 rows");

  await ide.results.getByRole("columnheader", { name: /even/ }).getByRole("button").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Profile column" }).click();
  await expect(ide.status).toContainText("profile of even in part in weekly_trading_review.sql");
  await expect(ide.cell(2, 0)).toHaveText("distinct");
  await expect(ide.cell(2, 2)).toHaveText("2");
  await command("Distinct values of the chosen column of the result");
  await expect(ide.status).toContainText("distinct values of even in part in weekly_trading_review.sql");
  await expect(ide.status).toContainText("2 rows");

  await ide.openFile("models/staging/_riverbank_raw__sources.yml");
  await lens("Preview").first().click();
  await expect(ide.status).toContainText("riverbank_raw.stores as built");
  await expect(ide.cell(0, 0)).toHaveText(/^\d+$/);
  await lens("Run unique").first().click();
  await expect(ide.cell(0, 0)).toHaveText("pass");
  await expect(ide.cell(0, 1)).toHaveText("0");
  await lens("Failing rows of not_null").first().click();
  await expect(ide.status).toContainText(/failing rows of source_not_null.*0 rows/);
  await ide.openPanel("History");
  await expect(
    page.getByRole("row").filter({ hasText: /failing rows of test\.riverbank\.source_not_null/ }),
  ).toBeVisible();

  await ide.openPanel("Results");
  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText("with lost as (select * from nowhere_at_all) select 1 as whole");
  await expect(lens("Preview CTE")).toHaveCount(1);
  await lens("Preview CTE").click();
  await expect(ide.results.getByRole("alert")).toContainText("does not exist");
  await lens("Row count").click();
  await expect(ide.status).toContainText("row count of lost");
  await expect(ide.results.getByRole("alert")).toContainText("does not exist");
});
