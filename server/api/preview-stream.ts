import { requireActor } from "../auth";
import { previewInput } from "../contract/dbt";
import { needsText } from "../contract/previews";
import { AppError, logger, newRequestId, runWithRequest, toAppError } from "../core";
import { startPreview } from "../sessions";
import { requireSameOrigin } from "./same-origin";

/** The unsaved text of a file and a piece of SQL, each at its schema's limit, with room for JSON's escapes. */
const maxBodyBytes = 32 * 1024 * 1024;

/**
 * Serves POST /api/preview: the bytes of one query process (`application/vnd.millrace.rows`), handed on untouched while it
 * runs. What goes wrong before the first byte is an ErrorBody in JSON with the code's status; after it, the stream's own tail
 * says so, or `preview.outcome` does when the stream was cut.
 */
export function handlePreview(request: Request): Promise<Response> {
  const requestId = newRequestId();
  return runWithRequest(requestId, async () => {
    const headers = { "cache-control": "no-store", "x-request-id": requestId, "x-content-type-options": "nosniff" };
    try {
      requireSameOrigin(request);
      const actor = await requireActor(request);
      const input = await readInput(request);
      const { stream } = await startPreview({ ...actor, requestId }, input, request.signal);
      return new Response(stream, { headers: { ...headers, "content-type": "application/vnd.millrace.rows" } });
    } catch (error) {
      const failure = toAppError(error);
      if (failure.code === "INTERNAL") logger().error({ err: failure }, "A preview could not start.");
      else logger().info({ errorCode: failure.code, reason: failure.message }, "A preview was refused.");
      return Response.json(failure.toBody(requestId), { status: failure.status, headers });
    }
  });
}

async function readInput(request: Request) {
  const text = await readText(request);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new AppError("INVALID_INPUT", "The request is no JSON.", { cause: error });
  }
  const parsed = previewInput.safeParse(body);
  if (!parsed.success) {
    throw new AppError("INVALID_INPUT", parsed.error.issues[0]?.message ?? "The request is not valid.", {
      cause: parsed.error,
    });
  }
  const { path, sql, what } = parsed.data;
  if (needsText(what) && path === null && sql === null)
    throw new AppError("INVALID_INPUT", "Nothing to preview: name a file or send SQL.");
  return parsed.data;
}

async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of (request.body ?? new ReadableStream()) as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw new AppError("INVALID_INPUT", "The request is too large.");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
