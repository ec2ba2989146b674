import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../support";
import { call, placeOf, workingTree } from "../support/api";

test.use({ company: "together" });

const review = "analyses/weekly_trading_review.sql";
const staging = "models/staging/stg_stores.sql";
const mart = "models/marts/operations/dim_stores.sql";
const staged = "models/staging/_staging__models.yml";
const described = "models/marts/operations/_operations__models.yml";

test("a refactoring of many files is made whole or not at all, keeps names downstream if wanted, and has one undo", async ({
  page,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const tree = await workingTree(page, world);
  const onDisk = (path: string) => readFileSync(join(tree, path), "utf8");
  const before = new Map([staging, mart, staged, described].map((path) => [path, onDisk(path)]));
  const expectAsBefore = () => {
    for (const [path, text] of before) expect(onDisk(path)).toBe(text);
  };
  const dialog = page.getByRole("dialog", { name: "Rename column phone" });
  const changes = dialog.getByRole("region", { name: "Changes" });
  const command = async (title: string) => {
    await page.keyboard.press("Control+Shift+P");
    await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill(`>${title}`);
    await page.getByRole("option", { name: title }).click();
  };

  await ide.openFile(review);
  await ide.setText("select stores.phone from {{ ref('stg_stores') }} as stores");
  await page.keyboard.press("Control+Home");
  for (let step = 0; step < 16; step += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("F2");
  await dialog.getByRole("textbox", { name: "Name" }).fill("telephone");
  await expect(changes).toContainText(mart);

  await test.step("each file and each change can be left out, and the button counts what is left", async () => {
    await expect(dialog.getByRole("button", { name: /^Rename \(\d+ changes\)$/ })).toBeEnabled();
    const every = dialog.getByRole("checkbox", { name: /^All changes in / });
    const files = await every.count();
    for (let index = 0; index < files; index += 1) await every.nth(index).click();
    await expect(dialog.getByRole("button", { name: "Rename", exact: true })).toBeDisabled();
    await dialog.getByRole("checkbox", { name: `All changes in ${mart}` }).click();
    await expect(dialog.getByRole("button", { name: /^Rename \(\d+ changes?\)$/ })).toBeEnabled();
    for (let index = 0; index < files; index += 1) {
      if (!(await every.nth(index).isChecked())) await every.nth(index).click();
    }
  });

  await test.step("when the server is not there, nothing is changed in the editor either", async () => {
    await page.route("**/api/trpc/files.edit*", (route) => route.abort());
    await dialog.getByRole("button", { name: /^Rename \(/ }).click();
    await expect(dialog.getByRole("alert")).toContainText("Nothing was changed: The server cannot be reached.");
    await expect(dialog.getByRole("alert")).toContainText("looked for again");
    await expect(changes).toContainText(review);
    await page.unroute("**/api/trpc/files.edit*");
  });

  await test.step("a file that changed meanwhile stops all of it; the changes are looked for again", async () => {
    writeFileSync(join(tree, mart), `-- A colleague was here.\n${before.get(mart)}`);
    await dialog.getByRole("button", { name: /^Rename \(/ }).click();
    await expect(dialog.getByRole("alert").filter({ hasText: "Nothing was changed" })).toContainText("dim_stores.sql");
    expect(onDisk(staging)).toBe(before.get(staging));
    expect(onDisk(staged)).toBe(before.get(staged));
    writeFileSync(join(tree, mart), before.get(mart) ?? "");
  });

  await test.step("downstream keeps the old name, and the changes are made in all files", async () => {
    await dialog.getByRole("combobox", { name: "In models downstream" }).click();
    await page.getByRole("option", { name: "Downstream: keep the old name" }).click();
    await expect(changes).toContainText("telephone as phone");
    await expect(changes).not.toContainText(described);
    await dialog.getByRole("button", { name: /^Rename \(/ }).click();
    // What changed between the list and the click may stop it once more.
    await expect(dialog).toBeHidden();
    await ide.expectText("select stores.telephone as phone from");
    expect(onDisk(staging)).toContain("phone as telephone,");
    expect(onDisk(mart)).toContain("stores.telephone as phone,");
    expect(onDisk(staged)).toContain("- name: telephone");
    expect(onDisk(described)).toBe(before.get(described));
    await ide.expectCompiled("telephone");
  });

  await test.step("one undo takes the changes of every file back", async () => {
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await expect(page.getByText(/^Undone: Rename column phone/)).toBeVisible();
    await ide.expectText("select stores.phone from");
    expectAsBefore();
  });

  await test.step("what was changed since is left alone by the undo, and named", async () => {
    await page.keyboard.press("F2");
    await dialog.getByRole("textbox", { name: "Name" }).fill("telephone");
    await expect(changes).toContainText(mart);
    await page.keyboard.press("Enter");
    await expect(dialog).toBeHidden();
    const later = `-- Changed since.\n${onDisk(mart)}`;
    writeFileSync(join(tree, mart), later);
    await command("Undo the last refactoring");
    await expect(page.getByText("Not everything could be undone")).toBeVisible();
    await expect(page.getByText(`Changed since, and left alone: ${mart}`)).toBeVisible();
    expect(onDisk(mart)).toBe(later);
    expect(onDisk(staging)).toBe(before.get(staging));
    await command("Undo the last refactoring");
    await expect(page.getByText("There is no refactoring to undo.")).toBeVisible();
  });
});

test("lenses of YAML lead to the SQL, run tests, show their failing rows and make a staging model", async ({
  page,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const { workspaceId } = await placeOf(page);
  const lens = (name: string) => ide.editor.getByRole("button", { name: new RegExp(`^\\P{L}*${name}$`, "u") });
  /** Saves a file as another tab does: the editor follows. */
  const save = async (path: string, text: string) => {
    const { error } = await call(page, "files.save", { workspaceId, path, text, baseVersion: null, overwrite: true });
    expect(error).toBeNull();
  };
  const dialog = page.getByRole("dialog");

  await ide.openFile(staged);
  await save(
    staged,
    `models:
  - name: stg_stores
    columns:
      - name: region
        data_tests:
          - unique
      - name: store_id
        data_tests:
          - not_null
`,
  );

  await test.step("all tests of a model run at once, those that fail first; the failing rows are shown", async () => {
    await expect(lens("Run tests")).toHaveCount(1);
    await lens("Run tests").click();
    await expect(ide.status).toContainText("test results of stg_stores");
    await expect(ide.cell(0, 0)).toHaveText("unique_stg_stores_region");
    await expect(ide.cell(0, 1)).toHaveText("fail");
    await expect(ide.cell(1, 1)).toHaveText("pass");
    await ide.editor.getByTitle("Show what unique_stg_stores_region finds").click();
    await expect(ide.status).toContainText(/failing rows of unique_stg_stores_region.*[1-9]\d* rows/);
    await ide.editor.getByTitle(/^Run not_null_stg_stores_store_id: /).click();
    await expect(ide.status).toContainText("result of not_null_stg_stores_store_id");
    await expect(ide.cell(0, 0)).toHaveText("pass");
  });

  await test.step("the keyboard reaches them: the tests and the rows of what is described at the cursor, the CTE around it", async () => {
    const command = async (title: string) => {
      await page.keyboard.press("F1");
      await page.getByRole("combobox").fill(`>${title}`);
      await page.getByRole("option", { name: title }).first().click();
    };
    await ide.focusEditor();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowDown");
    await command("Run the test at the cursor");
    await expect(ide.status).toContainText("test results of stg_stores");
    await ide.preview();
    await expect(ide.status).toContainText(/stg_stores\.sql.*12 rows/);
    await lens("Go to SQL").click();
    await expect(ide.tab("stg_stores.sql")).toHaveAttribute("aria-selected", "true");
    await ide.openFile(review);
    await ide.setText("with one as (select 41 as n), two as (select n + 1 as n from one) select 'whole' as x");
    for (const key of ["Control+Home", ...Array.from({ length: 20 }, () => "ArrowRight")])
      await page.keyboard.press(key);
    await command("Preview the CTE at the cursor");
    await expect(ide.cell(0, 0)).toHaveText("41");
    await page.keyboard.press("Escape");
    await ide.focusEditor();
    await page.keyboard.press("Control+End");
    await command("Preview the CTE at the cursor");
    await expect(page.getByText("Put the cursor into a CTE.")).toBeVisible();
  });

  await test.step("a test of a column that is not there says so", async () => {
    await save(
      staged,
      "models:\n  - name: stg_stores\n    columns:\n      - name: nowhere\n        data_tests: [not_null]\n",
    );
    await ide.tab("_staging__models.yml").click();
    await expect(lens("Run test")).toHaveCount(1);
    await lens("Run tests").click();
    await expect(ide.results.getByRole("alert")).toContainText("nowhere");
    await lens("Show failing rows").click();
    await expect(ide.status).toContainText("failing rows of not_null_stg_stores_nowhere");
    await expect(ide.results.getByRole("alert")).toContainText("nowhere");
  });

  await test.step("a source that no model reads gets its staging model, with the columns of the warehouse", async () => {
    const sources = "models/_shop__sources.yml";
    await save(sources, "sources:\n  - name: shop\n    schema: raw\n    tables:\n      - name: stores\n");
    await ide.openFile(sources);
    await lens("Create staging model").click();
    await expect(dialog.getByRole("textbox", { name: "Name" })).toHaveValue("stg_shop__stores");
    await expect(dialog).toContainText("takes all of them with a star. Preview the source once");
    await page.keyboard.press("Escape");
    await lens("Preview").click();
    await expect(ide.status).toContainText(/shop\.stores as built.*12 rows/);
    // The session hears of the columns as the rows are read.
    await expect(async () => {
      await page.keyboard.press("Escape");
      await lens("Create staging model").click();
      await expect(dialog).toContainText("store_id,", { timeout: 2_000 });
    }).toPass();
    await dialog.getByRole("textbox", { name: "Folder" }).fill("../elsewhere");
    await expect(dialog.getByRole("alert")).toHaveText("Choose a folder of models: models, or one inside.");
    await dialog.getByRole("textbox", { name: "Folder" }).fill("models/staging");
    await dialog.getByRole("textbox", { name: "Name" }).fill("stg_stores");
    await expect(dialog.getByRole("alert")).toContainText("already");
    await dialog.getByRole("textbox", { name: "Name" }).fill("stg_shop__stores");
    await dialog.getByRole("button", { name: /^Create model \(/ }).click();
    await expect(ide.tab("stg_shop__stores.sql")).toHaveAttribute("aria-selected", "true");
    await ide.expectText("select store_id, name, city");
    await ide.expectCompiled('"raw"."stores"');
    await ide.tab("_shop__sources.yml").click();
    await expect(lens("Create staging model")).toBeHidden();
  });
});
