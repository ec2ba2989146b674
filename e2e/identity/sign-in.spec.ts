import { expect, test } from "../support";

test("a person signs in through the organisation's own provider", async ({
  page,
  world,
  organisation,
  signInByPagesAs,
}) => {
  await signInByPagesAs(page, "developer");
  expect(new URL(page.url()).origin).toBe(new URL(world.address).origin);
  const cookies = await page.context().cookies(world.address);
  const session = cookies.find(({ name }) => name === "millrace.session");
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  expect(organisation.person("developer").name).toBe("Dev Okoro");
});

test("an unknown organisation is told so, and nobody is sent anywhere", async ({ page }) => {
  await page.goto("/signin");
  await page.getByLabel("Organisation name or work e-mail").fill("Nobody & Sons");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("No organisation of that name or e-mail domain signs in here.")).toBeVisible();
  await expect(page).toHaveURL(/\/signin$/);
});

test("a sign-in that was cancelled at the provider comes back with a message", async ({
  page,
  world,
  organisation,
}) => {
  await page.goto("/signin");
  await page.getByLabel("Organisation name or work e-mail").fill(organisation.name);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(`http://127.0.0.1:${world.ports.oidc}/**`);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.waitForURL(`${world.address}/**`);
  await expect(page.getByRole("alert").filter({ hasText: /\S/ })).toBeVisible();
});
