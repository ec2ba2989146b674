import { readFileSync } from "node:fs";
import { expect, test } from "../support";

test("live sessions are seen and ended; the audit filters, unfolds and exports without a row", async ({
  page,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.previewSql("select 'confidential-value' as word");
  await expect(ide.cell(0, 0)).toHaveText("confidential-value");

  const admin = await anotherBrowser("admin");
  await admin.goto("/admin");
  await expect(admin.getByText("Preview is on for the organisation.")).toBeVisible();
  await expect(admin.getByRole("link", { name: /Sessions now/ })).toContainText("1");
  await admin.goto("/admin/sessions");
  const session = admin.getByRole("table", { name: "Live sessions" }).getByRole("row").filter({ hasText: "Dev Okoro" });
  await expect(session).toContainText("ready");
  await session.getByRole("button", { name: "End session" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "End session" }).click();
  await expect(admin.getByText("Nobody has a session right now.")).toBeVisible();
  await expect(page.getByRole("alert").filter({ hasText: "The dbt session has ended" })).toBeVisible();
  await page.getByRole("button", { name: "Start again" }).click();
  await ide.expectSession("ready");

  await admin.goto("/admin/audit");
  const trail = admin.getByRole("table", { name: "Audit trail" });
  await expect(trail).toContainText("session.ended");
  await admin.getByRole("combobox", { name: "Action" }).click();
  await admin.getByRole("option", { name: "preview.run" }).click();
  await expect(trail.getByRole("row")).toHaveCount(2);
  await expect(trail).toContainText("Dev Okoro");
  await expect(trail).toContainText("1 rows");
  await trail.getByRole("button", { expanded: false }).first().click();
  await expect(trail).toContainText('"milliseconds"');
  await expect(trail).not.toContainText("confidential-value");

  const download = admin.waitForEvent("download");
  await admin.getByRole("link", { name: "Export CSV" }).click();
  const exported = readFileSync(await (await download).path(), "utf8");
  expect(exported).toContain("preview.run");
  expect(exported).not.toContain("sign-in");
  expect(exported).not.toContain("confidential-value");
});

test("an environment is added and changed; its password is never shown again", async ({ page, world, signInAs }) => {
  await signInAs(page, "admin");
  await page.goto("/admin/projects");
  await page.getByRole("button", { name: "Add environment" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Second warehouse");
  await dialog.getByRole("combobox", { name: "Adapter" }).click();
  await page.getByRole("option", { name: "PostgreSQL" }).click();
  await dialog.getByLabel("Schema").fill("riverbank");
  await dialog.getByLabel("Host").fill("127.0.0.1");
  await dialog.getByLabel("Port").fill(String(world.ports.postgres));
  await dialog.getByLabel("Database").fill("riverbank");
  await dialog.getByLabel("User").fill("riverbank");
  await dialog.getByLabel("Password").fill("not-to-be-shown");
  await dialog.getByLabel("Variables").fill("- days");
  await expect(dialog.getByRole("alert")).toContainText("names and values");
  await expect(dialog.getByRole("button", { name: "Save environment" })).toBeDisabled();
  await dialog.getByLabel("Variables").fill("days: 7\nfull: yes");
  await dialog.getByRole("button", { name: "Save environment" }).click();
  await expect(dialog).toBeHidden();
  const row = page.getByRole("row").filter({ hasText: "Second warehouse" });
  await expect(row).toContainText("password");
  await row.getByRole("button", { name: "Change" }).click();
  await expect(dialog.getByLabel("Password")).toHaveValue("");
  await expect(dialog.getByLabel("Variables")).toHaveValue("days: 7\nfull: true\n");
  await expect(dialog).toContainText("One is stored. Leave empty to keep it.");
  await page.keyboard.press("Escape");
  await page.reload();
  expect(await page.content()).not.toContain("not-to-be-shown");
  await page.setViewportSize({ width: 800, height: 1200 });
  await expect(row.getByRole("button", { name: "Remove" })).toBeInViewport({ ratio: 1 });
  await row.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove environment" }).click();
  await expect(row).toBeHidden();
});
