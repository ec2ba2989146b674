import { describe, expect, test } from "vitest";
import { FairQueue, type Ticket } from "./fair-queue";

interface Named extends Ticket {
  readonly name: string;
}
const ticket = (name: string): Named => ({ name, organisationId: name[0] ?? "", userId: name.slice(0, 2) });

function queueOf(names: string): { queue: FairQueue<Named>; tickets: Map<string, Named> } {
  const queue = new FairQueue<Named>();
  const tickets = new Map(names.split(" ").map((name) => [name, ticket(name)]));
  for (const one of tickets.values()) queue.add(one);
  return { queue, tickets };
}
const order = (queue: FairQueue<Named>) =>
  queue
    .order()
    .map(({ name }) => name)
    .join(" ");

/** A ticket "ab1" is the first of the person b of the organisation a. */
describe("FairQueue", () => {
  test("one organisation, one person: in the order of arrival", () => {
    expect(order(queueOf("aa1 aa2 aa3").queue)).toBe("aa1 aa2 aa3");
  });

  test("organisations take turns, and so do the people of one", () => {
    expect(order(queueOf("aa1 aa2 aa3 ab1 ba1 ca1 cb1").queue)).toBe("aa1 ba1 ca1 ab1 cb1 aa2 aa3");
  });

  test("whoever was served goes to the end of the turn, so serving one after the other follows the order", () => {
    const { queue } = queueOf("aa1 aa2 aa3 ab1 ba1 ba2 ca1 cb1");
    const expected = order(queue);
    const served: string[] = [];
    for (let next = queue.order()[0]; next !== undefined; next = queue.order()[0]) {
      served.push(next.name);
      queue.serve(next);
    }
    expect(served.join(" ")).toBe(expected);
    expect(queue.size).toBe(0);
  });

  test("an organisation that floods the line delays another by one turn at most", () => {
    const { queue } = queueOf(Array.from({ length: 50 }, (_, index) => `aa${index}`).join(" "));
    queue.add(ticket("ba1"));
    expect(queue.order().findIndex(({ name }) => name === "ba1")).toBe(1);
  });

  test("its turns make the same queue again, after some were served too", () => {
    const { queue } = queueOf("aa1 aa2 aa3 ab1 ba1 ba2 ca1 cb1");
    for (let served = 0; served < 3; served++) queue.serve(queue.order()[0] as Named);
    const again = new FairQueue<Named>();
    for (const one of queue.turns()) again.add(one);
    expect(order(again)).toBe(order(queue));
  });

  test("whoever leaves changes nobody's turn; whoever is put back keeps theirs", () => {
    const { queue, tickets } = queueOf("aa1 ab1 ba1 ca1");
    queue.remove(tickets.get("ba1") as Named);
    expect(order(queue)).toBe("aa1 ca1 ab1");
    const first = tickets.get("aa1") as Named;
    queue.serve(first);
    expect(order(queue)).toBe("ca1 ab1");
    queue.addFirst(first);
    expect(order(queue)).toBe("aa1 ca1 ab1");
    expect(queue.remove(tickets.get("ba1") as Named)).toBe(false);
  });
});
