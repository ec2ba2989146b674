import { config } from "../../core";
import { handleAuthRequest } from "../index";

/** As much of a browser as a sign-in needs: cookies of Millrace and of the provider, and redirects followed by hand. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  private readonly providerCookies = new Map<string, string>();

  private header(jar: Map<string, string>): string {
    return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  private keep(jar: Map<string, string>, response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (value === "" || /max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
  }

  /** A request to Millrace with this browser's cookies. */
  request(address: string, init: RequestInit = {}): Request {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set("cookie", this.header(this.cookies));
    return new Request(new URL(address, config().baseUrl), { ...init, headers });
  }

  async auth(address: string, init: RequestInit = {}): Promise<Response> {
    const request = this.request(address, init);
    const path = new URL(request.url).pathname.split("/").slice(3);
    const response = await handleAuthRequest(request, path);
    this.keep(this.cookies, response);
    return response;
  }

  /** Presses "sign in": returns where the browser is sent. */
  async begin(
    connectionId: string,
    options: { hint?: string; callbackUrl?: string; csrfToken?: string } = {},
  ): Promise<string> {
    const { callbackUrl = "/p/orders", hint } = options;
    const csrf = (await (await this.auth("/api/auth/csrf")).json()) as { csrfToken: string };
    const query = hint === undefined ? "" : `?${new URLSearchParams({ login_hint: hint })}`;
    const response = await this.auth(`/api/auth/signin/${connectionId}${query}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "*/*", "sec-fetch-mode": "cors" },
      body: new URLSearchParams({ csrfToken: options.csrfToken ?? csrf.csrfToken, callbackUrl, json: "true" }),
    });
    return ((await response.json()) as { url: string }).url;
  }

  /** Follows the provider's pages until it sends the browser back: that address. */
  async atProvider(address: string): Promise<string> {
    let next = address;
    for (let step = 0; step < 10; step += 1) {
      const headers = { cookie: this.header(this.providerCookies) };
      const response = await fetch(next, { redirect: "manual", headers });
      this.keep(this.providerCookies, response);
      const location = response.headers.get("location");
      if (location === null) throw new Error(`The provider answered ${response.status}: ${await response.text()}`);
      next = new URL(location, next).href;
      if (next.startsWith(config().baseUrl)) return next;
    }
    throw new Error("The provider redirects without end.");
  }

  /** The whole sign-in; returns where it ends. */
  async signIn(connectionId: string, hint: string): Promise<string> {
    const back = await this.atProvider(await this.begin(connectionId, { hint }));
    return this.arrive(back);
  }

  /** Comes back from the provider; returns where Millrace sends the browser then. */
  async arrive(address: string): Promise<string> {
    return (await this.auth(address)).headers.get("location") ?? "";
  }
}

/** The error code of an address of the sign-in page, or null. */
export function signInError(address: string): string | null {
  const url = new URL(address, config().baseUrl);
  return url.pathname === "/signin" ? url.searchParams.get("error") : null;
}
