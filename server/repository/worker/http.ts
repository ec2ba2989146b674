import type { GitHttpRequest, GitHttpResponse, HttpClient } from "isomorphic-git";
import { Agent, request } from "undici";
import { AppError, guardedLookup } from "../../core";
import type { Progress, RemoteInput } from "../operations";
import { parseRemoteUrl } from "../remote-address";

const userAgent = "git/millrace";
const seconds = 1000;

/**
 * The HTTP client that isomorphic-git uses: it connects to checked addresses only,
 * follows no redirect, and stops at a cap of bytes.
 * Use it for one operation and close it.
 */
export function openRemote(remote: RemoteInput, progress: Progress): { http: HttpClient; close: () => Promise<void> } {
  const origin = parseRemoteUrl(remote.url, remote.rules);
  const agent = new Agent({
    connect: { timeout: 15 * seconds, lookup: guardedLookup(remote.rules) },
    headersTimeout: 60 * seconds,
    bodyTimeout: 60 * seconds,
    maxHeaderSize: 64 * 1024,
  });
  let received = 0;

  async function* counted(body: AsyncIterable<Uint8Array>): AsyncIterableIterator<Uint8Array> {
    try {
      for await (const chunk of body) {
        const before = received;
        received += chunk.byteLength;
        if (received > remote.maxBytes) {
          throw new AppError(
            "LIMIT_REACHED",
            `The repository is larger than the ${megabytes(remote.maxBytes)} MB that Millrace downloads.`,
            {
              hint: "The operator of Millrace can raise MILLRACE_GIT_MAX_MB.",
            },
          );
        }
        if (before >> 18 !== received >> 18) progress("Receiving data", received, null);
        yield chunk;
      }
    } catch (error) {
      throw connectionError(error, origin.host);
    }
  }

  async function send(call: GitHttpRequest): Promise<GitHttpResponse> {
    const url = new URL(call.url);
    if (url.origin !== origin.origin) throw new AppError("GIT_ERROR", "The Git server points to another server.");
    try {
      const response = await request(url, {
        dispatcher: agent,
        method: call.method === "POST" ? "POST" : "GET",
        headers: { ...call.headers, "user-agent": userAgent },
        body: call.body ? await collect(call.body) : null,
      });
      if (response.statusCode >= 300 && response.statusCode < 400) {
        await response.body.dump();
        throw redirected(origin, String(response.headers.location ?? ""));
      }
      return {
        url: call.url,
        method: call.method,
        statusCode: response.statusCode,
        statusMessage: String(response.statusCode),
        headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
        body: counted(response.body),
      };
    } catch (error) {
      throw connectionError(error, origin.host);
    }
  }
  return { http: { request: send }, close: () => agent.destroy() };
}

/** Authentication callbacks for isomorphic-git: the token as basic auth, and plain words when it is missing or refused. */
export function authentication(remote: RemoteInput): {
  onAuth: () => { username: string; password: string };
  onAuthFailure: () => never;
} {
  return {
    onAuth: () => {
      if (remote.token === null) {
        throw new AppError("GIT_ERROR", "The Git server asks for an access token, and the project has none.", {
          hint: "An administrator can add one to the project; if the repository is public, check its address.",
        });
      }
      const colon = remote.token.indexOf(":");
      if (colon > 0) return { username: remote.token.slice(0, colon), password: remote.token.slice(colon + 1) };
      return { username: "x-access-token", password: remote.token };
    },
    onAuthFailure: () => {
      throw new AppError("GIT_ERROR", "The Git server refused the project's access token.", {
        hint: "It may have expired or been revoked. An administrator can set a new one in the project's settings.",
      });
    },
  };
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}

function redirected(origin: URL, location: string): AppError {
  const target = URL.canParse(location, origin.href) ? new URL(location, origin.href) : null;
  const address = target ? `${target.origin}${target.pathname.replace(/\/info\/refs$/, "")}` : "another address";
  return new AppError("GIT_ERROR", `The Git server sends us on to ${address}.`, {
    hint: "If that is where the repository lives now, change the project's address to it.",
  });
}

const reasons: Record<string, string> = {
  ENOTFOUND: "there is no server of that name",
  EAI_AGAIN: "its name cannot be looked up now",
  ECONNREFUSED: "it refuses the connection",
  ECONNRESET: "it closed the connection",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
  ETIMEDOUT: "it does not answer",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  UND_ERR_HEADERS_TIMEOUT: "it takes too long to answer",
  UND_ERR_BODY_TIMEOUT: "it stopped sending",
  UND_ERR_SOCKET: "it closed the connection",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by an authority that Millrace knows",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by an authority that Millrace knows",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not signed by an authority that Millrace knows",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

function connectionError(error: unknown, host: string): unknown {
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  const reason = reasons[code] ?? (code.startsWith("ERR_SSL") || code === "EPROTO" ? "it does not speak https" : null);
  if (error instanceof AppError || reason === null) return error;
  return new AppError("GIT_ERROR", `Millrace cannot reach ${host}: ${reason}.`, {
    hint: "Check the address, and whether the server can be reached from where Millrace runs.",
    cause: error,
  });
}
