import { expect, test } from "../support";
import { ask, call, placeOf, postPreview } from "../support/api";
import { sql } from "../support/database";

test("signing out ends the dbt session, the cookie and the way back", async ({
  page,
  world,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  await signInAs(page, "developer");
  await openSample(page);
  const admin = await anotherBrowser("admin");
  await expect.poll(async () => (await ask<unknown[]>(admin, "admin.sessions.list")).length).toBe(1);

  await page.getByRole("button", { name: "Account: Dev Okoro" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/\/signin\?signedOut=1/);
  await expect.poll(async () => (await ask<unknown[]>(admin, "admin.sessions.list")).length).toBe(0);
  await page.goto(`${world.address}/p/riverbank`);
  await expect(page).toHaveURL(/\/signin\?callbackUrl=%2Fp%2Friverbank/);
});

test("a revoked sign-in is told on the page and refused everywhere; what was typed is there after signing in again", async ({
  page,
  world,
  organisation,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const place = await placeOf(page);
  await ide.openFile("models/staging/stg_stores.sql");
  await ide.typeAtEnd("\n-- not saved yet");
  await sql(
    world,
    "update sign_in_sessions set revoked_at = now(), revoked_reason = 'test' where organisation_id = (select id from organisations where slug = $1)",
    [organisation.slug],
  );
  expect((await call(page, "files.tree", { workspaceId: place.workspaceId }, "query")).error?.code).toBe(
    "UNAUTHENTICATED",
  );
  expect((await postPreview(page, { ...place, sql: "select 1" })).status).toBe(401);
  await ide.typeAtEnd("\n-- still typing");
  await expect(page.getByText("You are signed out.")).toBeVisible({ timeout: 30_000 });

  await page.getByRole("link", { name: "Sign in again" }).click();
  await page.getByLabel("Organisation name or work e-mail").fill(organisation.person("developer").email);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/p/riverbank");
  await expect(page.getByText("Your unsaved changes to one file are back.")).toBeVisible();
  await ide.expectText("-- still typing");
});

test.describe("in a shared organisation", () => {
  test.use({ company: "together" });

  test("a reader sees files and compiled SQL, and can neither change nor preview anything", async ({
    page,
    signInAs,
    openSample,
  }) => {
    await signInAs(page, "reader");
    const ide = await openSample(page);
    await ide.openFile("models/marts/finance/fct_orders.sql");
    await ide.expectCompiled("riverbank_intermediate");
    await expect(page.getByText("Read only", { exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: "Preview", exact: true })).toBeHidden();
    await expect(page.getByRole("button", { name: "New file" })).toHaveCount(0);
    await ide.focusEditor();
    await page.keyboard.type("x");
    await expect(ide.editor.locator(".view-line").first()).toHaveText(/^select$/);
    await page.keyboard.press("F2");
    await expect(page.getByRole("dialog").getByRole("alert")).toHaveText("Your role does not allow to change files.");
    await page.keyboard.press("Escape");

    const place = await placeOf(page);
    const { workspaceId } = place;
    const save = await call(page, "files.save", {
      workspaceId,
      path: "models/new.sql",
      text: "select 1",
      baseVersion: null,
    });
    expect(save).toMatchObject({ status: 403, error: { code: "FORBIDDEN" } });
    expect(await postPreview(page, { ...place, sql: "select 1" })).toMatchObject({
      status: 403,
      error: { code: "FORBIDDEN" },
    });
    expect(await call(page, "admin.overview", null, "query")).toMatchObject({ status: 403 });
  });
});
