import type { APIResponse, Page } from "@playwright/test";
import type { World } from "./world";

/** Whom to sign in: at the organisation's own provider, by its page or by the person's e-mail address. */
interface Who {
  readonly organisation: { readonly slug: string; readonly name: string };
  readonly email: string;
}

/**
 * Signs in as the page of sign-in does for somebody who enters an e-mail address, without drawing it: look-up, token, the provider
 * and back, which ends on a page that is no more than a text.
 */
export async function signInByAddress(page: Page, world: World, { email }: Who): Promise<void> {
  const { request } = page.context();
  const lookup = await request.get(
    `${world.address}/api/trpc/signIn.lookup?input=${encodeURIComponent(JSON.stringify({ query: email }))}`,
  );
  const { connections } = (await json<{ result: { data: { connections: { id: string }[] } } }>(lookup)).result.data;
  const { csrfToken } = await json<{ csrfToken: string }>(await request.get(`${world.address}/api/auth/csrf`));
  const [connection] = connections;
  if (!connection) throw new Error(`Nobody signs in as ${email} here.`);
  const begun = await request.post(`${world.address}/api/auth/signin/${connection.id}?login_hint=${email}`, {
    form: { csrfToken, callbackUrl: light, json: "true" },
  });
  await page.goto((await json<{ url: string }>(begun)).url);
  await page.waitForURL(`${world.address}${light}`);
}

/** Signs in through the sign-in page and the provider's own page, and ends on the list of projects. */
export async function signInByPages(page: Page, world: World, { organisation, email }: Who): Promise<void> {
  await page.goto(`${world.address}/signin`);
  await page.getByLabel("Organisation name or work e-mail").fill(organisation.name);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(`http://127.0.0.1:${world.ports.oidc}/${organisation.slug}/**`);
  await page.getByRole("button", { name: email }).click();
  await page.waitForURL((url) => url.origin === new URL(world.address).origin && !url.pathname.startsWith("/signin"));
}

/** A page of Millrace without a script. */
const light = "/api/health";

async function json<Body>(response: APIResponse): Promise<Body> {
  if (!response.ok()) throw new Error(`${response.url()} answered ${response.status()}: ${await response.text()}`);
  return response.json();
}
