import { AppError, config } from "../core";

/**
 * Refuses what another site's page sent with this browser's cookies. Browsers say where a request comes from in
 * Sec-Fetch-Site (Fetch Metadata, W3C) and Origin; a request with neither comes from no page.
 * @throws FORBIDDEN
 */
export function requireSameOrigin(request: Request): void {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const foreignSite = site !== null && site !== "same-origin" && site !== "none";
  const foreignOrigin = origin !== null && origin !== new URL(config().baseUrl).origin;
  if (!foreignSite && !foreignOrigin) return;
  throw new AppError("FORBIDDEN", "This request came from another site.");
}
