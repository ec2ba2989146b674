import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { type RunningProvider, startServer } from "./real-provider";

/** What the provider does wrong; by default it does everything right. */
export interface Lies {
  issuerInDiscovery?: string;
  discoveryStatus?: number;
  discoveryBody?: string;
  tokenStatus?: number;
  tokenBody?: unknown;
  claims?: Record<string, unknown>;
  key?: "published" | "another" | "none" | "client secret";
}

/** A provider that signs ID tokens itself, so that each check of an answer can be shown to refuse. */
export async function startLyingProvider(): Promise<
  RunningProvider & { lies: Lies; nonce: string; requests: string[] }
> {
  const published = await generateKeyPair("RS256");
  const another = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(published.publicKey)), alg: "RS256", use: "sig", kid: "one" };
  const server = createServer();
  const { origin, close } = await startServer(server);
  const state = { issuer: origin, close, lies: {} as Lies, nonce: "", requests: [] as string[] };

  async function idToken(): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const standard = {
      iss: origin,
      aud: "millrace",
      sub: "liar",
      nonce: state.nonce,
      iat: now,
      exp: now + 300,
      email: "liar@river.example",
    };
    const claims = { ...standard, ...state.lies.claims };
    if (state.lies.key === "none") return new UnsecuredJWT(claims).encode();
    if (state.lies.key === "client secret") {
      return new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", kid: "one" })
        .sign(new TextEncoder().encode("a client secret of 32 characters!!"));
    }
    const { privateKey } = state.lies.key === "another" ? another : published;
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "one" }).sign(privateKey);
  }

  server.on("request", (request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    state.requests.push(path);
    const send = (status: number, body: unknown) => {
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(typeof body === "string" ? body : JSON.stringify(body));
    };
    if (path === "/.well-known/openid-configuration") {
      const { discoveryBody, discoveryStatus = 200, issuerInDiscovery = origin } = state.lies;
      return send(
        discoveryStatus,
        discoveryBody ?? {
          issuer: issuerInDiscovery,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/token`,
          jwks_uri: `${origin}/keys`,
        },
      );
    }
    if (path === "/keys") return send(200, { keys: [jwk] });
    if (path !== "/token") return send(404, {});
    const { tokenBody, tokenStatus = 200 } = state.lies;
    if (tokenBody !== undefined || tokenStatus !== 200) return send(tokenStatus, tokenBody ?? {});
    idToken().then(
      (token) => send(200, { id_token: token, access_token: "x", token_type: "Bearer" }),
      (error: unknown) => response.destroy(error as Error),
    );
  });
  return state;
}
