import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../support";
import { workingTree } from "../support/api";

test.use({ company: "together" });

test("SQLFluff and YAML problems stand at their places with a fix; the file is formatted, and what cannot be says why", async ({
  page,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  writeFileSync(
    join(await workingTree(page, world), ".sqlfluff"),
    "[sqlfluff]\nrules = CP01, LT01\n[sqlfluff:rules:capitalisation.keywords]\ncapitalisation_policy = lower\n",
  );
  await ide.openFile("analyses/weekly_trading_review.sql");
  await ide.setText("select store_id,{{ 1 }} as one\nFROM {{ ref('stg_stores') }}\n");
  await ide.openPanel("Problems");
  const problems = page.getByRole("list", { name: "Problems" });
  await expect(problems.getByRole("button", { name: /lower case.*SQLFluff CP01.*\[2, 1\]/ })).toBeVisible();
  await problems.getByRole("button", { name: /SQLFluff CP01/ }).click();
  await page.keyboard.press("Control+.");
  await page.getByText("Fix: capitalisation.keywords").click();
  await ide.expectText("from {{ ref('stg_stores') }}");

  await ide.focusEditor();
  await page.keyboard.press("Shift+Alt+F");
  await ide.expectText("select store_id, {{ 1 }} as one");
  await expect(problems.getByRole("button", { name: /SQLFluff/ })).toHaveCount(0);
  await ide.setText("select {% if %} 1");
  await page.keyboard.press("Shift+Alt+F");
  await expect(page.getByText("weekly_trading_review.sql was not formatted")).toBeVisible();

  await ide.openFile("models/_groups.yml");
  await ide.setText("exposures: [{ name: board, tipe: dashboard }]");
  await expect(
    problems.getByRole("button", { name: /dbt knows no key tipe here.*type may have been meant/ }),
  ).toBeVisible();
});
