import { expect, Ide, test } from "../support";

test("an organisation with one place: who comes second waits in line, leaves it, and gets the place that is freed", async ({
  page,
  world,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  await signInAs(page, "developer");
  await openSample(page);

  const admin = await anotherBrowser("admin");
  await admin.goto("/admin");
  await admin.getByRole("link", { name: "Session limits" }).click();
  await expect(admin.getByTestId("limits-now")).toContainText("has 1 session now");
  const places = admin.getByLabel("Sessions of the organisation");
  await places.fill("0");
  await expect(admin.getByText("A whole number from 1 to 5,000 sessions.")).toBeVisible();
  await expect(admin.getByRole("button", { name: "Save limits" })).toBeDisabled();
  await places.fill("1");
  await admin.getByRole("button", { name: "Save limits" }).click();
  const dialog = admin.getByRole("dialog");
  await expect(dialog).toContainText("Sessions of the organisation changes from 100 sessions to 1 sessions.");
  await dialog.getByRole("button", { name: "Save limits" }).click();
  await expect(admin.getByText(/^Set by Ada Admin/)).toBeVisible();

  const second = await anotherBrowser("analyst");
  const ide = await Ide.openWithoutSession(second, world);
  const line = second.getByRole("alert").filter({ hasText: "You are 1st in line for a dbt session" });
  await expect(line).toContainText("Your organisation has as many sessions as it may have.");
  await ide.openFile("models/staging/stg_stores.sql");
  await ide.setText("select 'typed in line' as word");
  await line.getByRole("button", { name: "Cancel" }).click();
  const left = second.getByRole("alert").filter({ hasText: "You left the line." });
  await left.getByRole("button", { name: "Start again" }).click();
  await expect(line).toBeVisible();

  await admin.goto("/admin/sessions");
  const sessions = admin.getByRole("table", { name: "Live sessions" });
  await expect(sessions.getByRole("row").filter({ hasText: "Ana Lima" })).toContainText("waiting");
  await sessions.getByRole("row").filter({ hasText: "Dev Okoro" }).getByRole("button", { name: "End session" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "End session" }).click();
  await ide.expectSession("ready");
  await expect(line).toBeHidden();
  await ide.expectCompiled("typed in line");

  await admin.goto("/admin/audit");
  await expect(admin.getByRole("table", { name: "Audit trail" })).toContainText("limits.changed");
});
