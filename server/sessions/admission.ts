import type { SessionLimitValues, SessionLine } from "../contract";
import { AppError } from "../core";
import { FairQueue, type Ticket } from "./fair-queue";

/** A session that wants a worker, or has one. */
export interface Applicant {
  readonly identity: { readonly organisationId: string; readonly userId: string };
  readonly engine: string;
}

export interface AdmissionOptions {
  readonly limits: (organisationId: string) => SessionLimitValues;
  /** Lets another session go, so that there is room for this one. Returns whether one went. */
  readonly makeRoom: (applicant: Applicant, reason: SessionLine["reason"]) => boolean;
}

interface Waiting extends Ticket {
  readonly applicant: Applicant;
  readonly onLine: (line: SessionLine | null) => void;
  readonly resolve: () => void;
  readonly reject: (reason: AppError) => void;
  line: SessionLine | null;
}

/** A runner that refused; one of those who wait tries again after a moment, or when one of its sessions has ended. */
interface FullRunner {
  retryAt: number;
  probe: Applicant | null;
}

const retryMilliseconds = 1_000;

/**
 * Who may start a worker now, and who waits in which place. A session enters before it starts, and leaves when its worker is
 * gone. It waits while its person, its organisation or its engine's runner has no room; the line is fair (see FairQueue), and
 * whoever waits for one thing does not hold up those who wait for another.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #queue = new FairQueue<Waiting>();
  readonly #inside = new Set<Applicant>();
  readonly #waiting = new Map<Applicant, Waiting>();
  readonly #full = new Map<string, FullRunner>();
  #timer: NodeJS.Timeout | null = null;
  #pumping = false;
  #again = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Has been admitted and has not left. */
  holds(applicant: Applicant): boolean {
    return this.#inside.has(applicant);
  }

  /** How many of an organisation wait. */
  waitingOf(organisationId: string): number {
    return [...this.#waiting.values()].filter((ticket) => ticket.organisationId === organisationId).length;
  }

  /**
   * Resolves when it may start, at once when there is room; `onLine` hears its place each time that changes, and null when its
   * wait is over. After the runner has refused it as full, `refused` puts it back where it was. Rejects when it leaves before.
   */
  enter(applicant: Applicant, onLine: (line: SessionLine | null) => void, refused = false): Promise<void> {
    const { organisationId, userId } = applicant.identity;
    return new Promise<void>((resolve, reject) => {
      const ticket: Waiting = { organisationId, userId, applicant, onLine, resolve, reject, line: null };
      this.#waiting.set(applicant, ticket);
      if (refused) {
        this.#inside.delete(applicant);
        this.#full.set(applicant.engine, { retryAt: Date.now() + retryMilliseconds, probe: null });
        this.#queue.addFirst(ticket);
      } else this.#queue.add(ticket);
      this.pump();
    });
  }

  /** Its worker is there: the runner was not full. */
  started(applicant: Applicant): void {
    if (!this.#inside.has(applicant) || !this.#full.delete(applicant.engine)) return;
    this.pump();
  }

  /** It needs no worker any more, or does not want to wait any longer. */
  leave(applicant: Applicant, reason: AppError): void {
    const ticket = this.#waiting.get(applicant);
    if (ticket !== undefined) {
      this.#waiting.delete(applicant);
      this.#queue.remove(ticket);
      ticket.reject(reason);
    }
    if (this.#inside.delete(applicant)) {
      const full = this.#full.get(applicant.engine);
      if (full !== undefined && (full.probe === null || full.probe === applicant)) {
        this.#full.set(applicant.engine, { retryAt: 0, probe: null });
      }
    }
    this.pump();
  }

  /** Admits whoever has room now, and tells the others their places. Called when limits have changed, too. */
  pump(): void {
    this.#again = true;
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#again) {
        this.#again = false;
        while (this.#admitNext());
      }
      this.#tellPlaces();
    } finally {
      this.#pumping = false;
    }
    this.#retryLater();
  }

  /** Everyone who waits is refused. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    const reason = new AppError("WORKER_LOST", "Millrace is shutting down.");
    for (const applicant of [...this.#waiting.keys()]) this.leave(applicant, reason);
  }

  #admitNext(): boolean {
    const runnersAsked = new Set<string>();
    for (const ticket of this.#queue.order()) {
      const { applicant } = ticket;
      let reason = this.#blocked(applicant);
      const hopeless = reason === "runner" && (runnersAsked.has(applicant.engine) || this.#isProbed(applicant.engine));
      if (reason === "runner") runnersAsked.add(applicant.engine);
      if (reason !== null && !hopeless && this.#options.makeRoom(applicant, reason)) reason = this.#blocked(applicant);
      if (reason !== null) continue;
      this.#queue.serve(ticket);
      this.#waiting.delete(applicant);
      this.#inside.add(applicant);
      const full = this.#full.get(applicant.engine);
      if (full !== undefined) full.probe = applicant;
      // Whoever asks a runner that was full just now keeps their place until it has taken them.
      else if (ticket.line !== null) ticket.onLine(null);
      ticket.resolve();
      return true;
    }
    return false;
  }

  #isProbed(engine: string): boolean {
    return (this.#full.get(engine)?.probe ?? null) !== null;
  }

  /** What it waits for, or null when there is room. */
  #blocked({ identity: { organisationId, userId }, engine }: Applicant): SessionLine["reason"] | null {
    const limits = this.#options.limits(organisationId);
    const colleagues = [...this.#inside].filter(({ identity }) => identity.organisationId === organisationId);
    const own = colleagues.filter(({ identity }) => identity.userId === userId);
    if (own.length >= limits.sessionsPerPerson) return "person";
    if (colleagues.length >= limits.sessionsPerOrganisation) return "organisation";
    const full = this.#full.get(engine);
    return full !== undefined && (full.probe !== null || full.retryAt > Date.now()) ? "runner" : null;
  }

  /** A place is counted among those who wait for the same thing. */
  #tellPlaces(): void {
    const lines = new Map<string, Waiting[]>();
    const reasons = new Map<Waiting, SessionLine["reason"]>();
    for (const ticket of this.#queue.order()) {
      const reason = this.#blocked(ticket.applicant) ?? "runner";
      const of = { person: ticket.userId, organisation: ticket.organisationId, runner: ticket.applicant.engine }[
        reason
      ];
      const key = `${reason}/${of}`;
      lines.set(key, [...(lines.get(key) ?? []), ticket]);
      reasons.set(ticket, reason);
    }
    for (const line of lines.values()) {
      for (const [index, ticket] of line.entries()) {
        const reason = reasons.get(ticket) ?? "runner";
        const before = ticket.line;
        if (before?.place === index + 1 && before.of === line.length && before.reason === reason) continue;
        ticket.line = { place: index + 1, of: line.length, reason };
        ticket.onLine(ticket.line);
      }
    }
  }

  #retryLater(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const soonest = Math.min(
      ...[...this.#full]
        .filter(([engine, { probe }]) => probe === null && this.#hasWaiting(engine))
        .map(([, { retryAt }]) => retryAt),
    );
    if (!Number.isFinite(soonest)) return;
    this.#timer = setTimeout(() => this.pump(), Math.max(50, soonest - Date.now()));
    this.#timer.unref();
  }

  #hasWaiting(engine: string): boolean {
    return [...this.#waiting.keys()].some((applicant) => applicant.engine === engine);
  }
}
