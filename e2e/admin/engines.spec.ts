import { expect, test } from "../support";

test("engines are listed with their runners; what cannot be added is not offered", async ({ page, signInAs }) => {
  await signInAs(page, "admin");
  await page.goto("/admin/engines");
  const engine = page.getByRole("table", { name: "Engines" }).getByRole("row").filter({ hasText: "default" });
  await expect(engine).toContainText("DuckDB");
  await expect(engine).toContainText("PostgreSQL");
  await expect(engine).toContainText("running");
  await expect(engine.getByRole("button")).toHaveCount(0);
  await page.getByRole("button", { name: "Add an engine" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Adapter" }).click();
  await expect(page.getByRole("option", { name: "Snowflake" })).toBeVisible();
  await expect(page.getByRole("option", { name: "DuckDB" })).toHaveCount(0);
});

test("a connection is tested before it is saved, and a failure is explained", async ({ page, world, signInAs }) => {
  await signInAs(page, "admin");
  await page.goto("/admin/projects");
  await page.getByRole("button", { name: "Add environment" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Adapter" }).click();
  await page.getByRole("option", { name: "PostgreSQL" }).click();
  await dialog.getByLabel("Schema").fill("riverbank");
  await dialog.getByLabel("Host").fill("127.0.0.1");
  await dialog.getByLabel("Port").fill(String(world.ports.postgres));
  await dialog.getByLabel("Database").fill("riverbank");
  await dialog.getByLabel("User").fill("riverbank");
  await dialog.getByLabel("Password").fill("certainly-wrong");
  await dialog.getByRole("button", { name: "Test connection" }).click();
  const alert = dialog.getByRole("alert");
  await expect(alert).toContainText("refused the user, password or key", { timeout: 45_000 });
  await alert.getByText("The driver's own message").click();
  await expect(alert.getByText("password authentication failed")).toBeVisible();
  await expect(alert).not.toContainText("certainly-wrong");
});

test("a person who may not manage projects sees no engines", async ({ page, signInAs }) => {
  await signInAs(page, "developer");
  const answer = await page.goto("/admin/engines");
  expect(answer?.status()).toBe(404);
});
