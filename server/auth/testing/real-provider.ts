import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

interface ProviderPerson {
  readonly email: string;
  readonly name: string;
  readonly emailVerified?: boolean;
}

export interface RunningProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

/** Starts `listen` on a free port of loopback. */
export async function startServer(server: Server): Promise<{ origin: string; close: () => Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${port}`, close };
}

/**
 * The certified `oidc-provider` with some people, by subject. The person named by `login_hint` (an e-mail address) signs in
 * without a question; the hint `cancel` refuses.
 */
export async function startRealProvider(options: {
  clientSecret: string;
  redirectUris: string[];
  people: Record<string, ProviderPerson>;
}): Promise<RunningProvider> {
  const server = createServer();
  const { origin, close } = await startServer(server);
  const provider = new Provider(origin, {
    clients: [{ client_id: "millrace", client_secret: options.clientSecret, redirect_uris: options.redirectUris }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: true,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: () => "/interaction" },
    ttl: { AccessToken: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    cookies: { keys: ["a key of the tests"] },
    findAccount: (_context: unknown, subject: string) => {
      const person = options.people[subject];
      if (person === undefined) return undefined;
      const { email, name, emailVerified = true } = person;
      return { accountId: subject, claims: () => ({ sub: subject, email, email_verified: emailVerified, name }) };
    },
    loadExistingGrant: async (context: {
      oidc: { client: { clientId: string }; session: { accountId: string }; params: { scope: string } };
    }) => {
      const { client, params, session } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(params.scope);
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    const work = async () => {
      if (request.url !== "/interaction") return answer(request, response);
      const { params } = await provider.interactionDetails(request, response);
      const subject = Object.entries(options.people).find(([, { email }]) => email === params.login_hint)?.[0];
      const result = subject === undefined ? { error: "access_denied" } : { login: { accountId: subject } };
      return provider.interactionFinished(request, response, result);
    };
    work().catch((error: unknown) => response.destroy(error as Error));
  });
  return { issuer: origin, close };
}
