import { config, processSingleton } from "../core";

/** At most `limit` calls per key in each window of `milliseconds`, and `total` over all keys. Kept in memory. */
export class RateLimit {
  private windowStart = 0;
  private counts = new Map<string, number>();
  private all = 0;

  constructor(private readonly options: { limit: number; total: number; milliseconds: number }) {}

  /** Counts one call; false when it is over the limit. */
  allows(key: string, now = Date.now()): boolean {
    if (now - this.windowStart >= this.options.milliseconds) {
      this.windowStart = now;
      this.counts = new Map();
      this.all = 0;
    }
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    this.all += 1;
    return count <= this.options.limit && this.all <= this.options.total;
  }
}

/** Lookups of an organisation: enough for a company behind one address, too few to try names. */
export function lookupLimit(): RateLimit {
  return processSingleton("lookupLimit", () => new RateLimit({ limit: 60, total: 1200, milliseconds: 60_000 }));
}

/** Requests that make Millrace speak to an identity provider. */
export function signInLimit(): RateLimit {
  return processSingleton("signInLimit", () => new RateLimit({ limit: 120, total: 2400, milliseconds: 60_000 }));
}

/**
 * The caller's address: the entry of X-Forwarded-For that the outermost trusted proxy wrote (MILLRACE_PROXIES), and without a
 * proxy the last one, which Next.js itself adds from the socket when there is none. A forged header only costs the forger: the
 * limits also count all callers together.
 */
export function clientAddress(headers: Headers): string {
  const entries = (headers.get("x-forwarded-for") ?? "").split(",").map((entry) => entry.trim());
  return entries.at(-Math.max(1, config().proxies)) ?? "";
}
