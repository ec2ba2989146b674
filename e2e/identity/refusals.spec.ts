import type { Page } from "@playwright/test";
import { expect, test } from "../support";
import { sql } from "../support/database";

function askProvider(page: Page, name: string): Promise<void> {
  return page
    .getByLabel("Organisation name or work e-mail")
    .fill(name)
    .then(() => page.getByRole("button", { name: "Continue" }).click());
}

test("a work e-mail leads to the provider of its domain, which knows who it is", async ({
  page,
  world,
  organisation,
}) => {
  await page.goto("/signin");
  await askProvider(page, organisation.person("analyst").email);
  await page.waitForURL(`${world.address}/`);
  await expect(page.getByRole("heading", { name: "Projects" })).toBeVisible();
  await page.getByRole("button", { name: "Account: Ana Lima" }).click();
  await expect(page.getByText(`analyst at ${organisation.name}`)).toBeVisible();
});

test("a provider that does not answer is said so, with a reference", async ({ page, world, organisation }) => {
  await sql(
    world,
    "update sign_in_connections set issuer = 'http://127.0.0.1:9' where organisation_id = (select id from organisations where slug = $1)",
    [organisation.slug],
  );
  await page.goto("/signin");
  await askProvider(page, organisation.name);
  const problem = page.getByRole("alert").filter({ hasText: "does not answer" });
  await expect(problem).toContainText("could not reach your organisation's identity provider");
  await expect(problem).toContainText(/Reference \S+/);
  await expect(page.getByLabel("Organisation name or work e-mail")).toBeEnabled();
});

test("an answer of the provider counts once", async ({ page, world, organisation, signInByPagesAs, browser }) => {
  const callbacks: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/auth/callback/")) callbacks.push(request.url());
  });
  await signInByPagesAs(page, "developer");
  const [callback] = callbacks;
  if (!callback) throw new Error("The provider sent nobody back.");

  await page.goto(callback);
  await expect(page.getByRole("alert").filter({ hasText: "already used" })).toBeVisible();

  const thief = await browser.newContext();
  const stolen = await thief.newPage();
  await stolen.goto(callback);
  await expect(stolen.getByRole("alert").filter({ hasText: "already used" })).toBeVisible();
  await stolen.goto(`${world.address}/`);
  await expect(stolen).toHaveURL(/\/signin/);
  await thief.close();
  const refused = await sql(
    world,
    "select details from audit_events where action = 'sign-in.refused' and organisation_id = (select id from organisations where slug = $1)",
    [organisation.slug],
  );
  expect(refused.length).toBeGreaterThan(0);
});

test("a sign-in that took too long, or comes back to another browser, starts again", async ({
  page,
  world,
  organisation,
  context,
}) => {
  await page.goto("/signin");
  await askProvider(page, organisation.name);
  await page.waitForURL(`http://127.0.0.1:${world.ports.oidc}/**`);
  await context.clearCookies({ domain: "localhost" });
  await page.getByRole("button", { name: organisation.person("developer").email }).click();
  await expect(page.getByRole("alert").filter({ hasText: "has expired or was already used" })).toBeVisible();
});

test("somebody of another organisation finds nothing here", async ({
  page,
  world,
  organisation,
  signInAs,
  browser,
}) => {
  await signInAs(page, "admin");
  const [project] = await sql<{ id: string }>(
    world,
    "select p.id from projects p join organisations o on o.id = p.organisation_id where o.slug = $1",
    [organisation.slug],
  );
  const context = await browser.newContext({ baseURL: world.address });
  const other = await context.newPage();
  await other.goto("/signin");
  await other.getByLabel("Organisation name or work e-mail").fill("hilde@hillside.example");
  await other.getByRole("button", { name: "Continue" }).click();
  await expect(other.getByText("There is no project yet")).toBeVisible();
  await other.goto("/p/riverbank");
  await expect(other.getByText("There is nothing here for you")).toBeVisible();
  const answer = await other.evaluate(async (projectId) => {
    const response = await fetch(`/api/trpc/projects.get?input=${encodeURIComponent(JSON.stringify({ projectId }))}`);
    return { status: response.status, code: (await response.json()).error.data.body.code };
  }, project?.id);
  expect(answer).toEqual({ status: 404, code: "NOT_FOUND" });
  await context.close();
});
