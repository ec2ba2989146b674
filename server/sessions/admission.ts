import { randomUUID } from "node:crypto";
import type { SessionLimitValues, SessionLine } from "../contract";
import { AppError, logger } from "../core";
import { FairQueue } from "./fair-queue";
import { type Entry, type GivingWay, Line, type WaitsFor } from "./line";
import {
  type LineStore,
  type LineTransaction,
  lineStore,
  type OwnPlace,
  renewMilliseconds,
  type StoredLine,
  type Usage,
} from "./line-store";

/** A session that wants a worker, or has one. */
export interface Applicant {
  readonly identity: { readonly organisationId: string; readonly userId: string };
  readonly engine: string;
}

export interface AdmissionOptions {
  readonly limits: { read(organisationId: string): Promise<SessionLimitValues> };
  /** How a session is used now. */
  readonly usage: (applicant: Applicant) => Usage;
  /** Lets a session of this process go, so that there is room for somebody who waits. Returns whether it went. */
  readonly giveWay: (applicant: Applicant, reason: WaitsFor) => boolean;
  /** Where the line is; the app database when left out. */
  readonly store?: LineStore;
}

interface Wait {
  readonly onLine: (line: SessionLine | null) => void;
  readonly resolve: () => void;
  readonly reject: (reason: AppError) => void;
  /** It had a place, and the runner refused it: not told to the line yet. */
  refused: boolean;
  /** It is being found out whether it has to wait at all. */
  trying: boolean;
}

/** What this process knows of one of its applicants. */
interface Own {
  readonly id: string;
  readonly applicant: Applicant;
  /** Null while it has a place. */
  wait: Wait | null;
  /** The line knows it. */
  stored: boolean;
  line: SessionLine | null;
  /** It asks a runner that was full. */
  probing: boolean;
}

/** What one decision came to. */
interface Outcome {
  readonly inside: ReadonlySet<string>;
  readonly places: ReadonlyMap<string, SessionLine>;
  readonly givingWay: ReadonlyMap<string, WaitsFor>;
  readonly full: Line["full"];
}

const retryMilliseconds = 1_000;

/**
 * Who may start a worker now, and who waits in which place, over all web processes: the line is in the app database, and every
 * process decides for everyone, one decision at a time. A session enters before it starts, and leaves when its worker is gone. It
 * waits while its person, its organisation or its engine's runner has no room (see Line). A process that dies leaves no place behind:
 * it does not renew them any more.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #store: LineStore;
  readonly #holder = randomUUID();
  readonly #own = new Map<Applicant, Own>();
  /** Places and waits that are over; told to the line with the next decision. */
  readonly #gone = new Set<string>();
  /** Engines whose runner has just taken a session. */
  readonly #opened = new Set<string>();
  #watching: Promise<() => void> | null = null;
  #renewTimer: NodeJS.Timeout | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #settling: Promise<void> | null = null;
  /** What may yet write a place outside of a decision. */
  readonly #writing = new Set<Promise<void>>();
  #again = false;
  #closed = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#store = options.store ?? lineStore;
  }

  /**
   * Resolves when it may start, after one round trip to the database when there is room; `onLine` hears its place each time that changes, and
   * null when its wait is over. After the runner has refused it as full, `refused` puts it back where it was. Rejects when it leaves
   * before. Returns whether it had to wait.
   */
  async enter(applicant: Applicant, onLine: (line: SessionLine | null) => void, refused = false): Promise<boolean> {
    if (this.#closed) throw shuttingDown();
    this.#attend();
    const before = this.#own.get(applicant);
    const own = before ?? {
      ...{ id: randomUUID(), applicant, wait: null, stored: false, line: null, probing: false },
    };
    this.#own.set(applicant, own);
    let waited = refused;
    await new Promise<void>((resolve, reject) => {
      const heard = (line: SessionLine | null) => {
        waited = true;
        onLine(line);
      };
      const wait: Wait = { onLine: heard, resolve, reject, refused: refused && own.stored, trying: !refused };
      own.wait = wait;
      if (refused) this.pump();
      else this.#track(this.#try(own, wait).catch((error: unknown) => this.#failed([own], error)));
    });
    return waited;
  }

  /** A runner has taken it: where that one was full, the next of those who wait asks. */
  started(applicant: Applicant): void {
    const own = this.#own.get(applicant);
    if (own === undefined || !own.probing) return;
    own.probing = false;
    own.line = null;
    this.#opened.add(applicant.engine);
    this.pump();
  }

  /** It needs no worker any more, or does not want to wait any longer. */
  leave(applicant: Applicant, reason: AppError): void {
    const own = this.#own.get(applicant);
    if (own === undefined) return;
    this.#own.delete(applicant);
    this.#gone.add(own.id);
    own.wait?.reject(reason);
    this.pump();
  }

  /** Admits whoever has room now, and tells the others their places. Called when limits have changed, too. */
  pump(): void {
    this.#again = true;
    if (!this.#closed) this.#settling ??= this.#settle();
  }

  /** Everyone who waits is refused, and all places are free. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#renewTimer) clearInterval(this.#renewTimer);
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    for (const { wait } of this.#own.values()) wait?.reject(shuttingDown());
    this.#own.clear();
    if (this.#watching === null) return;
    try {
      await Promise.all([this.#settling, ...this.#writing]);
      await this.#store.release(this.#holder);
      (await this.#watching)();
    } catch (error) {
      logger().warn({ err: error }, "The places of dbt sessions could not be given back; they are free in a moment.");
    }
  }

  /** Where nobody waits and there is room, it need not stand in line. */
  async #try(own: Own, wait: Wait): Promise<void> {
    const limits = await this.#options.limits.read(own.applicant.identity.organisationId);
    if (this.#closed) return;
    const inside = await this.#store.enter(this.#place(own), limits);
    wait.trying = false;
    if (this.#own.get(own.applicant) !== own) this.#gone.add(own.id);
    else if (inside) {
      own.stored = true;
      own.wait = null;
      wait.resolve();
      return;
    }
    this.pump();
  }

  /** Listens to the other web processes, and renews what this one has, from its first session on. */
  #attend(): void {
    if (this.#watching !== null) return;
    const changed = () => {
      if (this.#own.size > 0) this.pump();
    };
    this.#watching = this.#store.watch(this.#holder, changed).catch((error: unknown) => {
      logger().warn({ err: error }, "Changes of the line are not heard; it is looked at every few seconds.");
      return () => undefined;
    });
    this.#renewTimer = setInterval(() => {
      if (this.#own.size === 0) return;
      this.#track(
        this.#renew([]).catch((error: unknown) =>
          logger().warn({ err: error }, "The places of dbt sessions could not be renewed."),
        ),
      );
    }, renewMilliseconds);
    this.#renewTimer.unref();
  }

  /** Remembers that this is under way until it has ended: places are given back after it. */
  #track(writing: Promise<void>): void {
    this.#writing.add(writing);
    void writing.finally(() => this.#writing.delete(writing));
  }

  async #renew(kept: readonly string[]): Promise<void> {
    const told = [...this.#own.values()].filter(({ stored }) => stored);
    const known = new Set(
      await this.#store.renew(
        this.#holder,
        told.map((own) => this.#place(own)),
        kept,
      ),
    );
    if (this.#closed) return;
    const lost = told.filter((own) => !known.has(own.id) && this.#own.get(own.applicant) === own);
    const running = lost.filter(({ wait }) => wait === null);
    if (running.length > 0) await this.#store.restore(running.map((own) => this.#place(own)));
    if ([...this.#own.values()].some(({ wait }) => wait !== null)) this.pump();
  }

  /** Decides until nothing more has happened meanwhile. All that happens in one turn of the loop is one decision. */
  async #settle(): Promise<void> {
    await null;
    while (this.#again && !this.#closed) {
      this.#again = false;
      const gone = [...this.#gone];
      const opened = [...this.#opened];
      const waiting = [...this.#own.values()].filter(({ wait }) => wait !== null && !wait.trying);
      const waits = new Map(waiting.map((own) => [own, own.wait]));
      if (gone.length + opened.length + this.#own.size === 0) continue;
      try {
        const outcome = await this.#store.decide((line) => this.#decide(line, { gone, opened, waiting }));
        for (const id of gone) this.#gone.delete(id);
        for (const engine of opened) this.#opened.delete(engine);
        for (const [own, wait] of waits) {
          const stays = this.#own.get(own.applicant) === own && own.wait === wait;
          if (wait !== null && stays) this.#apply(own, wait, outcome);
        }
        this.#retryLater(outcome.full);
        await this.#giveWay(outcome.givingWay);
      } catch (error) {
        this.#failed(waiting, error);
      }
    }
    // In the same turn as the last look at what has happened: nothing is left to nobody.
    this.#settling = null;
  }

  /** One decision for everyone who waits, in one transaction. */
  async #decide(
    store: LineTransaction,
    { gone, opened, waiting }: { gone: readonly string[]; opened: readonly string[]; waiting: readonly Own[] },
  ): Promise<Outcome> {
    const ended = gone.length === 0 ? [] : await store.remove(gone);
    const organisations = new Set(waiting.map(({ applicant }) => applicant.identity.organisationId));
    const stored = await store.read(
      [...organisations],
      waiting.map(({ id }) => id),
    );
    if (stored.expired) await store.removeExpired();
    const full = new Map(stored.full.map(({ engine, ...rest }) => [engine, rest]));
    for (const engine of opened) if (full.has(engine)) full.set(engine, { retryMilliseconds: 0, probe: null });
    for (const { id, engine } of ended) {
      const one = full.get(engine);
      if (one !== undefined && (one.probe === null || one.probe === id))
        full.set(engine, { retryMilliseconds: 0, probe: null });
    }
    const limits = new Map<string, SessionLimitValues>();
    for (const { organisationId } of stored.waiting) organisations.add(organisationId);
    for (const id of organisations) limits.set(id, await this.#options.limits.read(id));

    const queue = new FairQueue<Entry>();
    const positions = new Map(stored.waiting.map(({ id, position }) => [id, position]));
    for (const { position: _, ...one } of stored.waiting) queue.add(one);
    const line = new Line({
      ...{ queue, full, admitted: stored.admitted, givingWay: stored.givingWay },
      limits: (organisationId) => limits.get(organisationId) as SessionLimitValues,
    });
    const inside = new Set(stored.inside);
    for (const own of waiting) {
      if (inside.has(own.id) && own.wait?.refused) {
        line.refuse(this.#entry(own), retryMilliseconds);
        inside.delete(own.id);
      } else if (!inside.has(own.id) && !positions.has(own.id)) queue.add(this.#entry(own));
    }
    const admitted = line.admit();
    const asked = await line.makeRoom((one, reason, but) => store.candidate(one, reason, but));
    for (const { id } of admitted) inside.add(id);

    const changed = await this.#write(store, { stored, line, admitted, asked, waiting });
    const concerned = [...stored.waiting, ...asked].some(({ holder }) => holder !== this.#holder);
    if (concerned && (changed || ended.length > 0 || gone.length > 0 || stored.expired)) await store.tell(this.#holder);
    const givingWay = [...stored.givingWay, ...asked].filter(({ holder }) => holder === this.#holder);
    return {
      inside,
      places: line.places(),
      givingWay: new Map(givingWay.map(({ id, reason }) => [id, reason])),
      full: line.full,
    };
  }

  /** Writes what a decision has changed. Returns whether it changed anything. */
  async #write(
    store: LineTransaction,
    { stored, line, admitted, asked, waiting }: DecidedLine & { waiting: readonly Own[] },
  ): Promise<boolean> {
    const before = new Map(stored.waiting.map(({ id, position }): [string, number | null] => [id, position]));
    for (const id of stored.inside) before.set(id, null);
    const after = new Map(admitted.map(({ id }): [string, number | null] => [id, null]));
    for (const [index, { id }] of line.queue.turns().entries()) after.set(id, index + 1);
    const added = waiting.filter(({ id }) => !before.has(id) && after.has(id));
    const moved = [...after].filter(([id, position]) => before.has(id) && before.get(id) !== position);
    if (added.length > 0)
      await store.insert(added.map((own) => ({ ...this.#place(own), position: after.get(own.id) ?? null })));
    if (moved.length > 0) await store.move(moved.map(([id, position]) => ({ id, position })));
    await store.ask(asked);
    const fullBefore = new Map(stored.full.map(({ engine, ...rest }) => [engine, rest]));
    const engines = [...new Set([...fullBefore.keys(), ...line.full.keys()])].filter((engine) => {
      const [then, now] = [fullBefore.get(engine), line.full.get(engine)];
      return then?.probe !== now?.probe || then?.retryMilliseconds !== now?.retryMilliseconds;
    });
    for (const engine of engines) await store.setFull(engine, line.full.get(engine) ?? null);
    return added.length + moved.length + asked.length + engines.length > 0;
  }

  /** Tells one that waited what the decision means for it. */
  #apply(own: Own, wait: Wait, { inside, places, full }: Outcome): void {
    own.stored = true;
    wait.refused = false;
    if (inside.has(own.id)) {
      own.wait = null;
      own.probing = full.get(own.applicant.engine)?.probe === own.id;
      // Whoever asks a runner that was full just now keeps their place until it has taken them.
      if (!own.probing && own.line !== null) {
        own.line = null;
        wait.onLine(null);
      }
      wait.resolve();
      return;
    }
    const line = places.get(own.id);
    const { line: before } = own;
    if (line === undefined) return;
    if (before?.place === line.place && before.of === line.of && before.reason === line.reason) return;
    own.line = line;
    wait.onLine(line);
  }

  /** Lets those of this process go that were asked to, unless they are used again meanwhile: then somebody else is asked. */
  async #giveWay(givingWay: Outcome["givingWay"]): Promise<void> {
    const kept: string[] = [];
    for (const own of [...this.#own.values()]) {
      const reason = givingWay.get(own.id);
      if (reason !== undefined && !this.#options.giveWay(own.applicant, reason)) kept.push(own.id);
    }
    if (kept.length === 0) return;
    await this.#renew(kept);
    await this.#store.tell(this.#holder);
    this.#again = true;
  }

  /** The line cannot be read: who is new is told so, and whoever waits already is looked after again in a moment. */
  #failed(waiting: readonly Own[], error: unknown): void {
    logger().error({ err: error }, "The line for dbt sessions could not be read.");
    for (const own of waiting) {
      if (own.stored || this.#own.get(own.applicant) !== own) continue;
      this.#own.delete(own.applicant);
      own.wait?.reject(lineAway(error));
    }
  }

  #retryLater(full: Line["full"]): void {
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    const engines = new Set(
      [...this.#own.values()].filter(({ wait }) => wait !== null).map((own) => own.applicant.engine),
    );
    const times = [...full]
      .filter(([engine, { probe }]) => probe === null && engines.has(engine))
      .map(([, { retryMilliseconds }]) => retryMilliseconds)
      .filter((milliseconds) => milliseconds > 0);
    if (times.length === 0 || this.#closed) return;
    this.#retryTimer = setTimeout(() => this.pump(), Math.max(50, Math.min(...times)));
    this.#retryTimer.unref();
  }

  #entry({ id, applicant }: Own): Entry {
    const { organisationId, userId } = applicant.identity;
    return { id, holder: this.#holder, organisationId, userId, engine: applicant.engine };
  }

  #place(own: Own): OwnPlace {
    return { ...this.#entry(own), ...this.#options.usage(own.applicant) };
  }
}

interface DecidedLine {
  readonly stored: StoredLine;
  readonly line: Line;
  readonly admitted: readonly Entry[];
  readonly asked: readonly GivingWay[];
}

function shuttingDown(): AppError {
  return new AppError("WORKER_LOST", "Millrace is shutting down.");
}

function lineAway(error: unknown): AppError {
  return new AppError(
    "WORKER_LOST",
    "Millrace cannot ask for a place for the dbt session, because its database does not answer.",
    {
      hint: "Try again in a few seconds, then ask your administrator to look at the database.",
      cause: error,
    },
  );
}
