import { expect, test } from "../support";
import { committedFile, pushAsColleague } from "../support/git";

test("an edit becomes a change, a diff, a commit, a push; a colleague's commit is pulled", async ({
  page,
  world,
  organisation,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/staging/stg_stores.sql");
  await ide.typeAtEnd("\n-- a comment worth committing");
  await ide.save();
  await ide.showVersionControl();
  const change = page.getByRole("button", { name: "Show changes of models/staging/stg_stores.sql, modified" });
  await change.click();
  await expect(page.locator(".monaco-diff-editor").first()).toContainText(/a\s*comment\s*worth\s*committing/);

  await page.getByLabel("Commit message").fill("Say something about stores");
  await page.getByRole("button", { name: "Commit 1 file" }).click();
  await expect(page.getByText("Committed.")).toBeVisible();
  await expect(page.getByText("No changes", { exact: true }).first()).toBeVisible();
  await page.getByRole("button", { name: "Push 1" }).click();
  await expect(page.getByText("Pushed.")).toBeVisible();
  expect(committedFile(world, organisation.slug, { branch: "main", path: "models/staging/stg_stores.sql" })).toContain(
    "a comment worth committing",
  );

  pushAsColleague(world, organisation.slug, { "models/staging/stg_stores.sql": "select 'from a colleague' as word\n" });
  await page.getByRole("button", { name: /^Pull/ }).click();
  await expect(page.getByText("Up to date with the server.")).toBeVisible();
  await ide.tab("stg_stores.sql").first().click();
  await ide.expectText("from a colleague");
  await ide.expectCompiled("from a colleague");

  await test.step("a push that the server refuses because it has more says so, and nothing is lost", async () => {
    await ide.setText("select 'mine' as word");
    await ide.save();
    await ide.showVersionControl();
    await page.getByLabel("Commit message").fill("My side");
    await expect(page.getByRole("button", { name: "Commit 1 file" })).toBeEnabled();
    await page.keyboard.press("Control+Enter");
    await expect(page.getByText("Committed.").last()).toBeVisible();
    pushAsColleague(world, organisation.slug, { "models/staging/stg_stores.sql": "select 'theirs' as word\n" });
    await page.getByRole("button", { name: "Push 1" }).click();
    const refusal = page.getByRole("alert").filter({ hasText: "The push did not go through" });
    await expect(refusal).toContainText(/pull|commits that you do not have|newer/i);
    await page.getByRole("button", { name: /^Pull/ }).click();
    await expect(page.getByRole("alert").filter({ hasText: "The pull did not go through" })).toContainText(
      /both|diverged|merge/i,
    );
    await ide.expectText("select 'mine' as word");
  });
});

test("a new branch takes the changes along and is published; a change is discarded after a question", async ({
  page,
  world,
  organisation,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/staging/stg_stores.sql");
  await ide.setText("select 'on a branch' as word");
  await ide.save();
  await page.getByRole("button", { name: "Branch: main" }).click();
  await page.getByRole("menuitem", { name: "New branch…" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("feature/stores");
  await page.getByRole("dialog").getByRole("button", { name: "Create and switch" }).click();
  await expect(page.getByRole("button", { name: "Branch: feature/stores" })).toBeVisible();
  await ide.showVersionControl();
  await page.getByLabel("Commit message").fill("Stores on a branch");
  await page.getByRole("button", { name: "Commit 1 file" }).click();
  await page.getByRole("button", { name: "Publish branch" }).click();
  await expect(page.getByText("Pushed.")).toBeVisible();
  expect(
    committedFile(world, organisation.slug, { branch: "feature/stores", path: "models/staging/stg_stores.sql" }),
  ).toBe("select 'on a branch' as word");

  await ide.setText("select 'never mind' as word");
  await ide.save();
  await page.getByRole("button", { name: "Discard changes of stg_stores.sql" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await ide.expectText("select 'on a branch' as word");
});
