import type { SessionLimitValues, SessionLine } from "../contract";
import type { FairQueue, Ticket } from "./fair-queue";

export type WaitsFor = SessionLine["reason"];

/** One who waits for a place or has one, of any web process. */
export interface Entry extends Ticket {
  readonly id: string;
  /** The web process that it belongs to. */
  readonly holder: string;
  readonly engine: string;
}

/** One that has a place and was asked to make room. */
export interface GivingWay extends Entry {
  readonly reason: WaitsFor;
}

/**
 * An engine whose runner refused: one of those who wait tries again after a moment, or when one of its sessions has ended. When it is
 * taken the next one tries, so that they come in their turn.
 */
export interface FullRunner {
  retryMilliseconds: number;
  probe: string | null;
}

/** How many places somebody has. */
export interface Admitted extends Ticket {
  readonly count: number;
}

export interface LineOptions {
  readonly queue: FairQueue<Entry>;
  readonly admitted: readonly Admitted[];
  readonly givingWay: readonly GivingWay[];
  readonly full: Map<string, FullRunner>;
  readonly limits: (organisationId: string) => SessionLimitValues;
}

/**
 * The line of all web processes at one moment, and who of it may start. The line is fair (see FairQueue), and whoever waits for
 * one thing does not hold up those who wait for another. Decides from what it was given; reads and writes nothing.
 */
export class Line {
  readonly queue: FairQueue<Entry>;
  readonly full: Map<string, FullRunner>;
  readonly #limits: LineOptions["limits"];
  readonly #givingWay: readonly GivingWay[];
  readonly #perPerson = new Map<string, number>();
  readonly #perOrganisation = new Map<string, number>();
  /** Those who have been promised the place of one that gives way. */
  readonly #promised = new Set<Entry>();

  constructor({ queue, admitted, givingWay, full, limits }: LineOptions) {
    this.queue = queue;
    this.full = full;
    this.#limits = limits;
    this.#givingWay = givingWay;
    for (const { count, ...of } of admitted) this.#count(of, count);
  }

  /** The runner refused one that had been admitted: it waits again where it was, and its engine is full. */
  refuse(entry: Entry, retryMilliseconds: number): void {
    this.#count(entry, -1);
    this.queue.addFirst(entry);
    this.full.set(entry.engine, { retryMilliseconds, probe: null });
  }

  /** Takes everyone out of the line who has room now, in their turn. One of a full runner's asks it. */
  admit(): Entry[] {
    const admitted: Entry[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.queue.serve(next);
      this.#count(next, 1);
      const full = this.full.get(next.engine);
      if (full !== undefined) full.probe = next.id;
      admitted.push(next);
    }
    const engines = new Set(this.queue.order().map(({ engine }) => engine));
    for (const [engine, { probe, retryMilliseconds }] of this.full) {
      if (probe === null && retryMilliseconds <= 0 && !engines.has(engine)) this.full.delete(engine);
    }
    return admitted;
  }

  /**
   * Finds room for those who still wait: `candidate` is asked for one that may go, never twice for the same one, and those that
   * were asked to go before count. Returns who is to be asked now.
   */
  async makeRoom(
    candidate: (entry: Entry, reason: WaitsFor, but: readonly string[]) => Promise<Entry | null>,
  ): Promise<GivingWay[]> {
    const pending = [...this.#givingWay];
    const asked: GivingWay[] = [];
    const hopeless = new Set<string>();
    for (const entry of this.queue.order()) {
      const reason = this.#blocked(entry);
      const line = reason && lineOf(entry, reason);
      if (reason === null || line === null || hopeless.has(line)) continue;
      const index = pending.findIndex((one) => lineOf(one, reason) === line);
      // A full runner is asked by one at a time.
      if (reason === "runner") hopeless.add(line);
      if (index !== -1) pending.splice(index, 1);
      else if (reason === "runner" && this.full.get(entry.engine)?.probe !== null) continue;
      else {
        const found = await candidate(
          entry,
          reason,
          asked.map(({ id }) => id),
        );
        if (found === null) {
          hopeless.add(line);
          continue;
        }
        asked.push({ ...found, reason });
      }
      this.#promised.add(entry);
    }
    return asked;
  }

  /** The place of each who waits, counted among those who wait for the same thing; none for whom room is being made. */
  places(): Map<string, SessionLine> {
    const lines = new Map<string, { entry: Entry; reason: WaitsFor }[]>();
    for (const entry of this.queue.order()) {
      const reason = this.#blocked(entry) ?? "runner";
      const line = lineOf(entry, reason);
      lines.set(line, [...(lines.get(line) ?? []), { entry, reason }]);
    }
    const places = [...lines.values()].flatMap((line) =>
      line.map(({ entry, reason }, index) => ({ entry, line: { place: index + 1, of: line.length, reason } })),
    );
    return new Map(places.filter(({ entry }) => !this.#promised.has(entry)).map(({ entry, line }) => [entry.id, line]));
  }

  #next(): Entry | undefined {
    return this.queue.order().find((entry) => this.#blocked(entry) === null);
  }

  /** What it waits for, or null when there is room. */
  #blocked({ organisationId, userId, engine }: Entry): WaitsFor | null {
    const limits = this.#limits(organisationId);
    if ((this.#perPerson.get(`${organisationId}/${userId}`) ?? 0) >= limits.sessionsPerPerson) return "person";
    if ((this.#perOrganisation.get(organisationId) ?? 0) >= limits.sessionsPerOrganisation) return "organisation";
    const full = this.full.get(engine);
    return full !== undefined && (full.probe !== null || full.retryMilliseconds > 0) ? "runner" : null;
  }

  #count({ organisationId, userId }: Ticket, by: number): void {
    const person = `${organisationId}/${userId}`;
    this.#perPerson.set(person, (this.#perPerson.get(person) ?? 0) + by);
    this.#perOrganisation.set(organisationId, (this.#perOrganisation.get(organisationId) ?? 0) + by);
  }
}

/** Whom somebody waits behind: those who want a place of the same person, organisation or engine. */
function lineOf({ organisationId, userId, engine }: Entry, reason: WaitsFor): string {
  const of = { person: `${organisationId}/${userId}`, organisation: organisationId, runner: engine }[reason];
  return `${reason}/${of}`;
}
