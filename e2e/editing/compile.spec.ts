import { expect, test } from "../support";

test.use({ company: "together" });

test("compiled SQL follows what is not saved, and keeps to the last good project while something is broken", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);

  await test.step("compiled SQL follows the unsaved text, also from macros and YAML that are not saved", async () => {
    await ide.openFile("models/staging/stg_stores.sql");
    await ide.expectCompiled("from");
    await ide.setText("select {{ 40 + 2 }} as answer from {{ ref('stg_orders') }}");
    await ide.expectCompiled('select 42 as answer from "riverbank"."riverbank_staging"."stg_orders"');
    await expect(page.getByRole("button", { name: "1 unsaved" })).toBeVisible();
    await ide.typeAtEnd(" where {{ not_there_yet() }}");
    await ide.expectCompiled("select 42 as answer", { stale: true });

    await ide.openFile("macros/money.sql");
    await ide.typeAtEnd("\n{% macro not_there_yet() %}answer > 41{% endmacro %}\n");
    await ide.tab("stg_stores.sql").click();
    await ide.expectCompiled("where answer > 41");
  });

  await test.step("broken Jinja greys the last good SQL and marks the line; the mended text compiles again", async () => {
    await ide.openFile("models/staging/stg_stores.sql");
    await ide.setText("select 1 as good");
    await ide.expectCompiled("select 1 as good");
    await ide.setText("select 1 as good,\n       2 as fine,\n       {{ ref('no_such_model') }} as bad");
    await ide.expectCompiled("select 1 as good", { stale: true });
    await expect(page.getByText("Does not compile")).toBeVisible();
    await expect(page.getByRole("alert").filter({ hasText: "no_such_model" })).toBeVisible();
    await ide.openPanel("Problems");
    await expect(page.getByRole("list", { name: "Problems" })).toContainText("stg_stores.sql");
    await expect(ide.editor.locator(".squiggly-error").first()).toBeVisible();

    await ide.setText("select 1 as good,\n       2 as fine,\n       {% if %} as bad");
    const broken = page
      .getByRole("list", { name: "Problems" })
      .getByRole("button", { name: /Ln 3, Col/ })
      .first();
    await broken.click();
    await expect(page.getByRole("button", { name: /^Ln 3,/ })).toBeVisible();

    await ide.setText("select 2 as mended");
    await ide.expectCompiled("select 2 as mended");
    await expect(page.getByText("No problems")).toBeVisible();
  });

  await test.step("broken YAML is a problem of its file, while models go on compiling on the last good project", async () => {
    await ide.openFile("models/_groups.yml");
    await ide.setText("groups:\n  - name: [finance\n");
    await ide.openPanel("Problems");
    await expect(page.getByRole("list", { name: "Problems" })).toContainText("_groups.yml", { timeout: 30_000 });
    await ide.openFile("models/staging/stg_stores.sql");
    await ide.setText("select {{ 6 * 7 }} as still_compiling");
    await ide.expectCompiled("select 42 as still_compiling");
  });
});
