import { request } from "undici";
import { checkRemoteUrl, guardedDispatcher } from "./network-guard";

interface GuardedRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Milliseconds for the whole exchange. */
  readonly timeout?: number;
  /** Bytes of the answer after which it is refused. */
  readonly maxBytes?: number;
}

export interface GuardedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/**
 * A small request to another service: guarded against internal addresses, without redirects, with a time limit and a size
 * limit. Throws INVALID_INPUT for an address that may not be reached, and undici's errors when the exchange fails.
 */
export async function guardedFetch(address: string, options: GuardedRequest = {}): Promise<GuardedAnswer> {
  const { method = "GET", headers = {}, timeout = 8000, maxBytes = 512 * 1024 } = options;
  const url = checkRemoteUrl(address);
  const answer = await request(url, {
    method,
    headers: { accept: "application/json", "user-agent": "Millrace", ...headers },
    body: options.body,
    dispatcher: guardedDispatcher(),
    signal: AbortSignal.timeout(timeout),
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) {
      answer.body.destroy();
      throw new Error(`The answer of ${url.host} is larger than ${maxBytes} bytes.`);
    }
  }
  const type = answer.headers["content-type"];
  return { status: answer.statusCode, contentType: String(type ?? ""), text: Buffer.concat(chunks).toString("utf8") };
}
