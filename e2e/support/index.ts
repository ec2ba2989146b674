import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import { Ide } from "./ide";
import { signInByAddress, signInByPages } from "./sign-in";
import { watch } from "./watch";
import { currentWorld, testOrganisationCount, type World } from "./world";

export type RoleName = "admin" | "developer" | "analyst" | "reader";

/** An organisation as a test sees it: its people, its project and its repository. */
export interface TestOrganisation {
  readonly slug: string;
  readonly name: string;
  readonly person: (role: RoleName) => { readonly name: string; readonly email: string };
}

interface Fixtures {
  /**
   * "own": the organisation, its policy and its repository are this test's alone. "together": one organisation for all such
   * tests, with people and workspaces of this test's own; for tests that change nothing else (it is parsed once).
   */
  company: "own" | "together";
  /** The running Millrace. */
  world: World;
  /** The organisation of this test, with the four people and the sample project. */
  organisation: TestOrganisation;
  /** Signs in through the organisation's OpenID provider, as one of its people, and draws no page. Go somewhere then. */
  signInAs: (page: Page, role: RoleName) => Promise<void>;
  /** Signs in through the page and the provider's, and ends on the list of projects: for tests that are about this. */
  signInByPagesAs: (page: Page, role: RoleName) => Promise<void>;
  /** Opens the sample project, waiting for the clone, until dbt is ready. */
  openSample: (page: Page) => Promise<Ide>;
  /** A browser of its own, signed in as one of the organisation's people. */
  anotherBrowser: (role: RoleName) => Promise<Page>;
  /** What this test's browsers complained about; a test ends with none. */
  complaints: undefined;
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
  company: ["own", { option: true }],
  organisation: async ({ world, company }, use) => {
    const number = takeNumber(world, company);
    await use(
      company === "own"
        ? describeOrganisation(`test-${number}`, `Test Company ${number}`, `test-${number}.example`)
        : describeOrganisation("together", "Together Company", "together.example", `-${number}`),
    );
  },
  signInAs: async ({ world, organisation }, use) => use((page, role) => signIn(page, world, organisation, role)),
  signInByPagesAs: async ({ world, organisation }, use) =>
    use((page, role) => signInByPages(page, world, { organisation, email: organisation.person(role).email })),
  openSample: async ({ world }, use) => use((page) => Ide.open(page, world)),
  anotherBrowser: async ({ browser, world, organisation }, use, info) => {
    const opened: { context: BrowserContext; expectNothing: () => void }[] = [];
    await use(async (role) => {
      const { viewport, locale, timezoneId, colorScheme, contextOptions } = info.project.use;
      const context = await browser.newContext({
        ...contextOptions,
        ...definedOnly({ viewport, locale, timezoneId, colorScheme }),
        baseURL: world.address,
      });
      opened.push({ context, ...watch(context) });
      const page = await context.newPage();
      await signIn(page, world, organisation, role);
      return page;
    });
    for (const { context } of opened) await context.close();
    for (const { expectNothing } of opened) expectNothing();
  },
  complaints: [
    async ({ context }, use, info) => {
      const { expectNothing } = watch(context, { serverStops: info.file.endsWith(".disruptive.spec.ts") });
      await use(undefined);
      expectNothing();
    },
    { auto: true },
  ],
});
export { Ide } from "./ide";
export { expect };

/** Signs in as one of an organisation's people, and draws no page. */
export function signIn(page: Page, world: World, organisation: TestOrganisation, role: RoleName): Promise<void> {
  return signInByAddress(page, world, { organisation, email: organisation.person(role).email });
}

/** The demo's own organisation, for specs that only read. */
export const riverbank: TestOrganisation = describeOrganisation("riverbank", "Riverbank Foods", "river.example");

/** A folder can be made once only: it is how tests in several processes share out what the world has. */
function takeNumber(world: World, company: Fixtures["company"]): number {
  const folder = join(world.dataFolder, "taken", company);
  mkdirSync(folder, { recursive: true });
  for (let number = 1; number <= testOrganisationCount; number += 1) {
    try {
      mkdirSync(join(folder, String(number)));
      return number;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  throw new Error(
    `All ${testOrganisationCount} test organisations are taken: raise testOrganisationCount in e2e/support/world.ts.`,
  );
}

function describeOrganisation(slug: string, name: string, domain: string, suffix = ""): TestOrganisation {
  return {
    slug,
    name,
    person: (role) => ({ name: people[role].name, email: `${people[role].subject}${suffix}@${domain}` }),
  };
}

/** Options that are set: Playwright takes an undefined one for a value. */
function definedOnly<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}
