import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../support";
import { ask, sampleProject } from "../support/api";

test.use({ company: "together" });

test("a model is described and tested in a form that leaves the rest of the YAML alone", async ({
  page,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const me = await ask<{ userId: string; organisation: { id: string } }>(page, "me.get");
  const { id } = await sampleProject(page);
  await ide.openFile("models/marts/operations/dim_stores.sql");
  await page.keyboard.press("Control+Alt+D");
  const side = page.getByRole("region", { name: "Side pane" });
  await side.getByRole("button", { name: "Edit documentation" }).click();
  const form = side.getByRole("region", { name: "Documentation of dim_stores" });
  const path = (await form.getByRole("button", { name: /\.yml$/ }).textContent()) ?? "";
  const file = join(world.dataFolder, "workspaces", me.organisation.id, id, me.userId, path);
  const before = readFileSync(file, "utf8");
  const saved = () => readFileSync(file, "utf8");

  const description = form.getByLabel("Description", { exact: true });
  await description.fill("Every store, once.");
  await description.press("Tab");
  await expect.poll(saved).toContain("description: Every store, once.");
  await form.getByRole("button", { name: "Add a test to store_id" }).click();
  await page.getByRole("menuitem", { name: "accepted_values…" }).click();
  const dialog = page.getByRole("dialog", { name: "Add the test accepted_values" });
  await expect(dialog.getByRole("button", { name: "Add test" })).toBeDisabled();
  await dialog.getByLabel("values").fill("[1, 2");
  await expect(dialog.getByRole("alert")).toContainText("no YAML value");
  await dialog.getByLabel("values").fill("[1, 2]");
  await dialog.getByRole("button", { name: "Add test" }).click();
  await expect(form.getByRole("button", { name: "Remove the test accepted_values of store_id" })).toBeVisible();

  await form.getByRole("button", { name: "Change the test accepted_values of store_id" }).click();
  const changing = page.getByRole("dialog", { name: "Change the test accepted_values" });
  await expect(changing.getByLabel("values")).toHaveValue("[ 1, 2 ]");
  await changing.getByLabel("values").fill("[1, 2, 3]");
  await expect(changing.getByLabel("Severity")).toHaveText("as the project says");
  await changing.getByLabel("Severity").click();
  await page.getByRole("option", { name: "warn" }).click();
  await changing.getByRole("button", { name: "Change test" }).click();
  await expect.poll(saved).toContain("{values: [1, 2, 3]}, config: {severity: warn}");

  await form.getByRole("button", { name: "Synchronise" }).click();
  const sync = page.getByRole("dialog", { name: "Synchronise the columns of dim_stores" });
  await expect(sync.getByRole("list", { name: "Types" })).toContainText("gets its type");
  await sync.getByRole("button", { name: /^Write \d+ changes?$/ }).click();
  await expect(form.getByLabel("Type of store_id")).not.toHaveValue("");

  const undo = form.getByRole("button", { name: "Undo change" });
  for (let step = 0; step < 4; step += 1) {
    const text = saved();
    await undo.click();
    await expect.poll(saved).not.toBe(text);
  }
  expect(saved()).toBe(before);

  await test.step("a colleague's line that came meanwhile stays, and is there after undoing", async () => {
    writeFileSync(file, `# theirs\n${before}`);
    await expect(description).not.toHaveValue("Every store, once.");
    await description.fill("Ours.");
    await description.press("Tab");
    await expect.poll(saved).toContain("description: Ours.");
    expect(saved()).toMatch(/^# theirs\n/);
    await undo.click();
    await expect.poll(saved).toBe(`# theirs\n${before}`);
  });

  await test.step("anchors, comments, order and spaces stay; what an anchor brings is left to the file", async () => {
    const anchored = `# ours
anchors:
  key: &key
    data_tests: [unique,  not_null]   # both
models:
  - name:   dim_stores
    description:   # nobody wrote one
    columns:
      - name:   store_id  # the key
        <<: *key
      - { name: city }
`;
    writeFileSync(file, anchored);
    await description.fill("Every store.");
    await description.press("Tab");
    await form.getByLabel("Tags").fill("retail, , weekly,retail");
    await form.getByLabel("Tags").press("Tab");
    const written = anchored.replace("description:   #", "description: Every store.   #");
    await expect.poll(saved).toBe(`${written}    config:\n      tags:\n        - retail\n        - weekly\n`);
    await expect(form.getByLabel("Tags")).toHaveValue("retail, weekly");
    await undo.click();
    await expect(form.getByLabel("Tags")).toHaveValue("");
    await form.getByRole("button", { name: "Remove the test unique of store_id" }).click();
    await expect(form.getByRole("alert")).toContainText("“data_tests” comes from an anchor");
    await undo.click();
    await expect.poll(saved).toBe(anchored);
    await expect(form.getByRole("alert")).toBeHidden();
    writeFileSync(file, before);
  });

  await test.step("the columns of a model that was never built or described are written into its YAML", async () => {
    await page.getByRole("complementary", { name: "Side bar" }).getByRole("button", { name: "New file" }).click();
    await page
      .getByRole("dialog")
      .getByLabel("Path")
      .fill(path.replace(/[^/]+$/, "never_run.sql"));
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
    await expect(ide.tab("never_run.sql")).toHaveAttribute("aria-selected", "true");
    await ide.setText("select 1 as first_id");
    await side.getByRole("button", { name: "Edit documentation" }).click();
    const fresh = side.getByRole("region", { name: "Documentation of never_run" });
    await expect(fresh).toContainText("Nothing describes it yet");
    await fresh.getByRole("button", { name: "Synchronise" }).click();
    const columns = page.getByRole("dialog", { name: "Synchronise the columns of never_run" });
    await expect(columns.getByRole("list", { name: "New columns" })).toContainText("first_id");
    await columns.getByRole("button", { name: "Write 1 change" }).click();
    await expect.poll(saved).toMatch(/- name: never_run\n +columns:\n +- name: first_id\n +data_type: INTEGER\n/);
    await ide.tab("dim_stores.sql").click();
    await side.getByRole("button", { name: "Edit documentation" }).click();
  });

  await test.step("columns of SQL that reads what is not built cannot be read, and the form says why", async () => {
    await ide.setText("select * from never_built");
    await form.getByRole("button", { name: "Synchronise" }).click();
    await expect(sync.getByRole("alert")).toContainText("The columns could not be read");
    await expect(sync.getByRole("alert")).toContainText("never_built");
    await expect(sync.getByRole("button", { name: /^Write 0/ })).toBeDisabled();
    await page.keyboard.press("Escape");
    await ide.setText("select store_id, city from {{ ref('stg_stores') }} as stores");
  });

  await test.step("unsaved YAML that does not parse is said with its line; mended, it is read again", async () => {
    await ide.openFile(path);
    await ide.setText("models:\n  - name: dim_stores\n    description: [never closed\n");
    await ide.tab("dim_stores.sql").click();
    await expect(form.getByRole("alert")).toContainText("The YAML does not parse");
    await form.getByRole("button", { name: /^Go to line \d/ }).click();
    await expect(ide.tab(path.split("/").at(-1) ?? path)).toHaveAttribute("aria-selected", "true");
    await ide.setText(
      "models: [{ name: dim_stores, description: As it came, columns: [{ name: store_id }, { name: city }] }]",
    );
    await ide.tab("dim_stores.sql").click();
    await expect(description).toHaveValue("As it came");
    await expect(form.getByRole("alert")).toBeHidden();
  });

  await test.step("descriptions come from upstream with one click; a contract asks for types", async () => {
    await expect(form.getByRole("button", { name: "Take from stg_stores: {{ doc('store_id') }}" })).toBeVisible();
    await form.getByRole("button", { name: "Inherit 2 descriptions" }).click();
    await expect(form.getByLabel("Description of city")).not.toHaveValue("");
    await expect(form.getByLabel("Description of store_id")).toHaveValue("{{ doc('store_id') }}");
    await form.getByRole("switch", { name: "Enforce the contract" }).click();
    await expect(form.getByText("Some columns have no type: dbt refuses that.")).toBeVisible();
    await form.getByLabel("Key to add").fill("owner");
    await form.getByLabel("Value to add").fill("retail");
    await form.getByLabel("Value to add").press("Enter");
    await expect(form.getByLabel("Meta owner")).toHaveValue("retail");
  });

  await page.keyboard.press("Control+Shift+P");
  await page.keyboard.type("documentation coverage");
  await page.keyboard.press("Enter");
  const coverage = page.getByRole("dialog", { name: "Documentation coverage" });
  await coverage.getByLabel("Filter by name").fill("dim_stores");
  await expect(coverage.getByRole("row")).toHaveCount(2);
  await expect(coverage.getByRole("row").nth(1)).toContainText(/yes.*\d of \d/);
  await coverage.getByLabel("Filter by name").fill("no such thing");
  await expect(coverage.getByText("Nothing of that name")).toBeVisible();
});
