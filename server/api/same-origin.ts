import { AppError, config } from "../core";

/**
 * Refuses a request that a page of another site (or of another port of this host) made the browser send. Browsers say where a
 * request comes from in Sec-Fetch-Site, older ones in Origin; a request with neither is not of a browser, and carries no
 * cookie that its sender does not hold.
 * @throws FORBIDDEN
 */
export function requireSameOrigin(request: Request): void {
  const site = request.headers.get("sec-fetch-site");
  if (site === "same-origin") return;
  if (site === "none" && request.method === "GET") return;
  const origin = request.headers.get("origin");
  if (site === null && (origin === null || origin === new URL(config().baseUrl).origin)) return;
  throw new AppError("FORBIDDEN", "This request came from another site and was refused.");
}
