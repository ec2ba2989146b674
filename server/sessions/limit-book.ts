import type { SessionLimitValues } from "../contract";
import { defaultSessionLimits } from "./limits";

/** How long what was read counts without being told of a change: a missed notification delays it, and no more. */
const freshMilliseconds = 60_000;

/**
 * Each organisation's limits as this process knows them: read once, and again when somebody changed them. What counts bytes and
 * places asks `known`, which never waits; whoever starts something awaits `read` first.
 */
export class LimitBook {
  readonly #read: (organisationId: string) => Promise<SessionLimitValues>;
  readonly #entries = new Map<string, { values: SessionLimitValues; at: number }>();

  constructor(read: (organisationId: string) => Promise<SessionLimitValues>) {
    this.#read = read;
  }

  /** The limits, from the database when they are not known or may be old. */
  async read(organisationId: string): Promise<SessionLimitValues> {
    const entry = this.#entries.get(organisationId);
    if (entry !== undefined && Date.now() - entry.at < freshMilliseconds) return entry.values;
    return this.renew(organisationId);
  }

  /** The limits as the database has them now. */
  async renew(organisationId: string): Promise<SessionLimitValues> {
    const at = Date.now();
    const values = await this.#read(organisationId);
    const entry = this.#entries.get(organisationId);
    if (entry === undefined || entry.at <= at) this.#entries.set(organisationId, { values, at });
    return values;
  }

  known(organisationId: string): SessionLimitValues {
    return this.#entries.get(organisationId)?.values ?? defaultSessionLimits;
  }

  /** Organisations whose limits were read. */
  organisations(): string[] {
    return [...this.#entries.keys()];
  }
}
