import { expect, test } from "../support";

/** What dbt itself says of a project whose production is in another schema; its nodes are those that the test needs. */
function manifest(project: string): string {
  const config = { enabled: true, materialized: "table" };
  const node = {
    ...{ database: "riverbank", schema: "production", name: "stg_stores", resource_type: "model", alias: "stg_stores" },
    ...{ package_name: project, path: "staging/stg_stores.sql", original_file_path: "models/staging/stg_stores.sql" },
    ...{
      unique_id: `model.${project}.stg_stores`,
      fqn: [project, "staging", "stg_stores"],
      config,
      raw_code: "select 1",
    },
    ...{ checksum: { name: "sha256", checksum: "" }, relation_name: '"riverbank"."production"."stg_stores"' },
  };
  const empty = ["sources", "macros", "docs", "exposures", "metrics", "groups", "selectors", "disabled", "parent_map"];
  const others = [...empty, "child_map", "group_map", "saved_queries", "semantic_models", "unit_tests", "functions"];
  return JSON.stringify({
    metadata: {
      dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json",
      ...{ dbt_version: "1.11.2", project_name: project, generated_at: "2026-11-20T10:00:00Z", adapter_type: "duckdb" },
    },
    nodes: { [node.unique_id]: node },
    ...Object.fromEntries(others.map((name) => [name, {}])),
  });
}

test("Defer reads what is not here from production, once its manifest is there", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const choose = async (name: string | RegExp) => {
    await page.getByRole("button", { name: /^Defer: / }).click();
    await page.getByRole("menuitemcheckbox", { name }).click();
  };
  const upload = (name: string, text: string) =>
    page
      .getByLabel("Production manifest.json")
      .setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });

  await ide.openFile("models/marts/operations/dim_stores.sql");
  await ide.expectCompiled('from "riverbank"."riverbank_staging"."stg_stores"');
  await page.getByRole("button", { name: "Defer: off" }).click();
  await expect(page.getByText("There is no production manifest yet")).toBeVisible();
  await expect(page.getByRole("menuitemcheckbox", { name: /^Favor state/ })).toBeDisabled();
  await page.keyboard.press("Escape");

  await upload("broken.json", "{");
  await expect(page.getByText("The file is no valid JSON.")).toBeVisible();
  await upload("manifest.json", manifest("another"));
  await expect(page.getByText("manifest.json is what this environment defers to.")).toBeVisible();
  await choose(/^Favor state/);
  await expect(page.getByText(/is of the dbt project another, not of riverbank/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Defer: off" })).toBeVisible();

  await upload("production.json", manifest("riverbank"));
  await expect(page.getByText("production.json is what this environment defers to.")).toBeVisible();
  await choose(/^Favor state/);
  await ide.expectCompiled('from "riverbank"."production"."stg_stores"');
  await ide.preview();
  await expect(ide.results).toContainText("stg_stores is deferred to production");
  await choose(/^Off/);
  await ide.expectCompiled('from "riverbank"."riverbank_staging"."stg_stores"');
  await ide.preview();
  await expect(ide.status).toContainText(/dim_stores\.sql\s*\d+ rows/);
});
