/** Who waits, for whom. */
export interface Ticket {
  readonly organisationId: string;
  readonly userId: string;
}

/**
 * A line that is fair between organisations, then between their people: each organisation is served once before one is served
 * twice, and so is each person of an organisation. Whoever was served goes to the end of the turn.
 */
export class FairQueue<Waiting extends Ticket> {
  /** Organisations in the order of their turn, their people in theirs, each person's own in the order of arrival. */
  #organisations = new Map<string, Map<string, Waiting[]>>();

  get size(): number {
    return this.order().length;
  }

  /** Everyone, organisation by organisation and person by person: added again in this order, they make the same queue. */
  turns(): Waiting[] {
    return [...this.#organisations.values()].flatMap((people) => [...people.values()].flat());
  }

  add(ticket: Waiting): void {
    const people = this.#organisations.get(ticket.organisationId) ?? new Map<string, Waiting[]>();
    this.#organisations.set(ticket.organisationId, people);
    const own = people.get(ticket.userId) ?? [];
    people.set(ticket.userId, own);
    own.push(ticket);
  }

  /** Puts back in front who was served and could not be: nothing of their turn is lost. */
  addFirst(ticket: Waiting): void {
    const people = this.#organisations.get(ticket.organisationId) ?? new Map<string, Waiting[]>();
    const own = people.get(ticket.userId) ?? [];
    people.delete(ticket.userId);
    this.#organisations.delete(ticket.organisationId);
    const first = new Map([[ticket.userId, [ticket, ...own]], ...people]);
    this.#organisations = new Map([[ticket.organisationId, first], ...this.#organisations]);
  }

  /** Takes out who does not want to wait any more. Nobody's turn changes. */
  remove(ticket: Waiting): boolean {
    const people = this.#organisations.get(ticket.organisationId);
    const own = people?.get(ticket.userId);
    const index = own?.indexOf(ticket) ?? -1;
    if (people === undefined || own === undefined || index === -1) return false;
    own.splice(index, 1);
    if (own.length === 0) people.delete(ticket.userId);
    if (people.size === 0) this.#organisations.delete(ticket.organisationId);
    return true;
  }

  /** Takes out who is served: the person and the organisation have had their turn. */
  serve(ticket: Waiting): void {
    if (!this.remove(ticket)) return;
    const people = this.#organisations.get(ticket.organisationId);
    if (people === undefined) return;
    const own = people.get(ticket.userId);
    if (own !== undefined) {
      people.delete(ticket.userId);
      people.set(ticket.userId, own);
    }
    this.#organisations.delete(ticket.organisationId);
    this.#organisations.set(ticket.organisationId, people);
  }

  /** Everyone in the order in which they would be served if nobody else came. */
  order(): Waiting[] {
    return inTurn([...this.#organisations.values()].map((people) => inTurn([...people.values()])));
  }
}

/** One of each list, then the next of each. */
function inTurn<Value>(lists: readonly (readonly Value[])[]): Value[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1)));
  return turns.flat();
}
