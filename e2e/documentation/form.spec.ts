import { readFileSync } from "node:fs";
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

  await form.getByRole("button", { name: "Synchronise" }).click();
  const sync = page.getByRole("dialog", { name: "Synchronise the columns of dim_stores" });
  await expect(sync.getByRole("list", { name: "Differences" })).toContainText("gets its type");
  await sync.getByRole("button", { name: /^Write \d+ changes?$/ }).click();
  await expect(form.getByLabel("Type of store_id")).not.toHaveValue("");

  const undo = form.getByRole("button", { name: "Undo change" });
  for (let step = 0; step < 3; step += 1) {
    const text = saved();
    await undo.click();
    await expect.poll(saved).not.toBe(text);
  }
  expect(saved()).toBe(before);

  await page.keyboard.press("Control+Shift+P");
  await page.keyboard.type("documentation coverage");
  await page.keyboard.press("Enter");
  const coverage = page.getByRole("dialog", { name: "Documentation coverage" });
  await coverage.getByLabel("Filter by name").fill("dim_stores");
  await expect(coverage.getByRole("row")).toHaveCount(2);
});
