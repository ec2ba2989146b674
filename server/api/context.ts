import { TRPCError } from "@trpc/server";
import { clientAddress, currentActor } from "../auth";
import { newRequestId, runWithRequest, toAppError } from "../core";
import { requireSameOrigin } from "./same-origin";
import type { ApiContext } from "./trpc";

/** Bytes of one request's body: a large file's text, several unsaved buffers. */
const maxBodyBytes = 64 * 1024 * 1024;

/**
 * The context of one HTTP request to the API (a batch shares it).
 * @throws TRPCError FORBIDDEN for a request that another site's page sent, PAYLOAD_TOO_LARGE
 */
export async function createContext(options: { req: Request; resHeaders: Headers }): Promise<ApiContext> {
  const { req, resHeaders } = options;
  const requestId = newRequestId();
  resHeaders.set("x-request-id", requestId);
  try {
    requireSameOrigin(req);
  } catch (error) {
    throw new TRPCError({ code: "FORBIDDEN", cause: toAppError(error) });
  }
  const length = Number(req.headers.get("content-length") ?? (req.method === "POST" ? "NaN" : "0"));
  if (!(length <= maxBodyBytes)) {
    throw new TRPCError({
      code: "PAYLOAD_TOO_LARGE",
      message: `A request must say its length and have at most ${maxBodyBytes} bytes.`,
    });
  }
  const actor = await runWithRequest(requestId, () => currentActor(req));
  return { requestId, actor, address: clientAddress(req.headers), responseHeaders: resHeaders };
}
