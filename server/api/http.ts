import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { logger } from "../core";
import { createContext } from "./context";
import { appRouter } from "./root";
import { apiError } from "./trpc";

/** Serves /api/trpc: calls, batches of calls, and subscriptions as server-sent events. */
export function handleApiRequest(request: Request): Promise<Response> {
  return fetchRequestHandler({
    endpoint: "/api/trpc",
    req: request,
    router: appRouter,
    createContext,
    onError({ ctx, error, path, type }) {
      // Calls are logged where they are made; what remains fails before them, or in the middle of a stream.
      if (ctx !== undefined && type !== "subscription") return;
      const cause = apiError(error);
      const line = { requestId: ctx?.requestId, path, type, errorCode: cause.code, err: cause };
      if (cause.code === "INTERNAL") logger().error(line, "A request to the API failed.");
      else logger().info({ ...line, err: undefined, reason: cause.message }, "A request to the API was refused.");
    },
  });
}
