import { auditCsv } from "../audit";
import { requireActor } from "../auth";
import { auditFilterInput } from "../contract/admin";
import { AppError, logger, newRequestId, requirePermission, runWithRequest, toAppError } from "../core";
import { requireSameOrigin } from "./same-origin";

/** GET /api/audit/export with the fields of `auditFilterInput` as query: the filtered trail as a CSV download. */
export async function exportAudit(request: Request): Promise<Response> {
  const requestId = newRequestId();
  return runWithRequest(requestId, async () => {
    try {
      requireSameOrigin(request);
      const actor = await requireActor(request);
      requirePermission(actor, "audit.read");
      const filter = auditFilterInput.safeParse(Object.fromEntries(new URL(request.url).searchParams));
      if (!filter.success) throw new AppError("INVALID_INPUT", "The filter of the export is not valid.");
      const name = `millrace-audit-${new Date().toISOString().slice(0, 10)}.csv`;
      return new Response(byteStream(auditCsv(actor, filter.data)), {
        headers: {
          "content-type": "text/csv; charset=utf-8",
          "content-disposition": `attachment; filename="${name}"`,
          "cache-control": "no-store",
          "x-request-id": requestId,
        },
      });
    } catch (error) {
      const failure = toAppError(error);
      if (failure.code === "INTERNAL") logger().error({ err: error }, "The export of the audit trail failed.");
      return Response.json(failure.toBody(requestId), {
        status: failure.status,
        headers: { "cache-control": "no-store" },
      });
    }
  });
}

function byteStream(lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}
