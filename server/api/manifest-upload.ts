import { requireActor } from "../auth";
import { AppError, logger, newRequestId, runWithRequest, toAppError } from "../core";
import { keepManifest } from "../production";
import { requireSameOrigin } from "./same-origin";

/**
 * Serves POST /api/manifest?environment=ID: the body is a manifest.json, which becomes what the environment's sessions defer to.
 * Answers with what is known of it, or with an ErrorBody in JSON and the code's status.
 */
export function handleManifestUpload(request: Request): Promise<Response> {
  const requestId = newRequestId();
  return runWithRequest(requestId, async () => {
    const headers = { "cache-control": "no-store", "x-request-id": requestId, "x-content-type-options": "nosniff" };
    try {
      requireSameOrigin(request);
      const actor = await requireActor(request);
      const environmentId = new URL(request.url).searchParams.get("environment") ?? "";
      if (request.body === null) throw new AppError("INVALID_INPUT", "The file is empty.");
      const kept = await keepManifest({ ...actor, requestId }, environmentId, {
        bytes: request.body,
        source: "upload",
      });
      return Response.json(kept, { headers });
    } catch (error) {
      const failure = toAppError(error);
      if (failure.code === "INTERNAL") logger().error({ err: failure }, "A manifest could not be kept.");
      else logger().info({ errorCode: failure.code, reason: failure.message }, "A manifest was refused.");
      return Response.json(failure.toBody(requestId), { status: failure.status, headers });
    }
  });
}
