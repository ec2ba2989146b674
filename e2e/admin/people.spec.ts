import { expect, test } from "../support";
import { ask, call, placeOf, postPreview } from "../support/api";

test("roles count at once, the last admin stays, and a deactivated person is out", async ({
  page,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  await signInAs(page, "developer");
  await openSample(page);
  const place = await placeOf(page);
  expect((await postPreview(page, { ...place, sql: "select 1" })).status).toBe(200);

  const admin = await anotherBrowser("admin");
  await admin.goto("/admin/people");
  const people = admin.getByRole("table", { name: "People" });
  await people.getByRole("combobox", { name: "Role of Dev Okoro" }).click();
  await admin.getByRole("option", { name: "reader" }).click();
  await expect(admin.getByRole("dialog")).toContainText("see projects and their files, compile models");
  await admin.getByRole("dialog").getByRole("button", { name: "Change role" }).click();
  await expect(people.getByRole("combobox", { name: "Role of Dev Okoro" })).toContainText("reader");
  expect(await postPreview(page, { ...place, sql: "select 1" })).toMatchObject({
    status: 403,
    error: { code: "FORBIDDEN" },
  });

  await people.getByRole("combobox", { name: "Role of Ada Admin" }).click();
  await admin.getByRole("option", { name: "developer" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Change role" }).click();
  await expect(admin.getByText(/is the last active administrator/).first()).toBeVisible();
  await expect(people.getByRole("combobox", { name: "Role of Ada Admin" })).toContainText("admin");

  await people.getByRole("row").filter({ hasText: "Dev Okoro" }).getByRole("button", { name: "Deactivate" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();
  expect((await call(page, "me.get", null, "query")).status).toBe(401);
  await page.goto("/");
  await expect(page).toHaveURL(/\/signin/);
});

test("a role of the organisation's own allows what it names, and cannot be removed while somebody has it", async ({
  page,
  signInAs,
  anotherBrowser,
}) => {
  const admin = await anotherBrowser("admin");
  await admin.goto("/admin/people");
  await admin.getByRole("button", { name: "Add role" }).click();
  const dialog = admin.getByRole("dialog", { name: "Add a role" });
  await dialog.getByLabel("Name").fill("auditor");
  await dialog.getByRole("checkbox", { name: "Read the audit trail" }).click();
  await dialog.getByRole("button", { name: "Save role" }).click();
  await expect(admin.getByRole("table", { name: "Roles" })).toContainText("auditor");
  await admin.getByRole("combobox", { name: "Role of Rea Novak" }).click();
  await admin.getByRole("option", { name: "auditor" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Change role" }).click();
  await expect(admin.getByRole("combobox", { name: "Role of Rea Novak" })).toContainText("auditor");

  await signInAs(page, "reader");
  await page.goto("/admin");
  const menu = page.getByRole("navigation", { name: "Admin console" });
  await expect(menu.getByRole("link", { name: "Audit" })).toBeVisible();
  await expect(menu.getByRole("link", { name: "Preview policy" })).toBeHidden();
  expect((await ask<{ events: unknown[] }>(page, "admin.audit.list", {})).events.length).toBeGreaterThan(0);
  expect((await call(page, "admin.policies.list", null, "query")).error?.code).toBe("FORBIDDEN");

  await admin.getByRole("row").filter({ hasText: "auditor" }).getByRole("button", { name: "Remove" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Remove role" }).click();
  await expect(admin.getByText(/still ha(s|ve)|somebody|people have/i).last()).toBeVisible();
});

test("who may not administer anything finds no console", async ({ page, signInByPagesAs }) => {
  await signInByPagesAs(page, "developer");
  await page.getByRole("button", { name: "Account: Dev Okoro" }).click();
  await expect(page.getByRole("menuitem", { name: "Sign out" })).toBeVisible();
  await expect(page.getByRole("menuitem", { name: "Admin console" })).toBeHidden();
  await page.goto("/admin/policy");
  await expect(page.getByText("There is nothing here for you")).toBeVisible();
});
