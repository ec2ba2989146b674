import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";
import { currentWorld, testOrganisationCount, type World } from "./world";

export type RoleName = "admin" | "developer" | "analyst" | "reader";

/** An organisation that no other test uses: its people, project, repository and policy belong to this test. */
export interface TestOrganisation {
  readonly slug: string;
  readonly name: string;
  readonly person: (role: RoleName) => { readonly name: string; readonly email: string };
}

interface Fixtures {
  /** The running Millrace. */
  world: World;
  /** An organisation of this test's own, with the four people and the sample project. */
  organisation: TestOrganisation;
  /** Signs in through the page and the organisation's OpenID provider, as one of its people. */
  signInAs: (page: Page, role: RoleName) => Promise<void>;
  /** Opens the sample project, waiting for the clone, until its files are listed. */
  openSample: (page: Page) => Promise<void>;
}

const people: Record<RoleName, { subject: string; name: string }> = {
  admin: { subject: "ada", name: "Ada Admin" },
  developer: { subject: "dev", name: "Dev Okoro" },
  analyst: { subject: "ana", name: "Ana Lima" },
  reader: { subject: "rea", name: "Rea Novak" },
};

/** Playwright's `test` with Millrace's fixtures. Specs import `test` and `expect` from here. */
export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern
  world: async ({}, use) => use(currentWorld()),
  baseURL: async ({ world }, use) => use(world.address),
  organisation: async ({ world }, use) => use(takeOrganisation(world)),
  signInAs: async ({ world, organisation }, use) => use((page, role) => signIn(page, world, organisation, role)),
  openSample: async ({ world }, use) => use((page) => openSampleProject(page, world)),
});
export { expect };

/** Signs in through the sign-in page and the provider's own page. */
export async function signIn(page: Page, world: World, organisation: TestOrganisation, role: RoleName): Promise<void> {
  await page.goto(`${world.address}/signin`);
  await page.getByLabel("Organisation name or work e-mail").fill(organisation.name);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(`http://127.0.0.1:${world.ports.oidc}/${organisation.slug}/**`);
  await page.getByRole("button", { name: organisation.person(role).email }).click();
  await page.waitForURL((url) => url.origin === new URL(world.address).origin && !url.pathname.startsWith("/signin"));
}

/** Opens the sample project; the first time, that clones it. */
export async function openSampleProject(page: Page, world: World): Promise<void> {
  await page.goto(`${world.address}/p/riverbank`);
  await expect(page.getByRole("treeitem", { name: "dbt_project.yml" })).toBeVisible({ timeout: 45_000 });
}

/** The demo's own organisation, for specs that only read. */
export const riverbank: TestOrganisation = describeOrganisation("riverbank", "Riverbank Foods", "river.example");

/** A folder can be made once only: it is how tests in several processes share out the organisations. */
function takeOrganisation(world: World): TestOrganisation {
  for (let index = 1; index <= testOrganisationCount; index += 1) {
    const slug = `test-${index}`;
    try {
      mkdirSync(join(world.dataFolder, "taken", slug));
      return describeOrganisation(slug, `Test Company ${index}`, `${slug}.example`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  throw new Error(
    `All ${testOrganisationCount} test organisations are taken: raise testOrganisationCount in e2e/support/world.ts.`,
  );
}

function describeOrganisation(slug: string, name: string, domain: string): TestOrganisation {
  return { slug, name, person: (role) => ({ name: people[role].name, email: `${people[role].subject}@${domain}` }) };
}
