import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Actor, AppError, config } from "../core";
import { database, schema, startEventBridge } from "../db";
import { actorOf } from "../testing";
import { useDbtWorld } from "../testing/dbt-world";
import { startTestRunner } from "../testing/runner";
import { LimitBook } from "./limit-book";
import { sessionLimits, setSessionLimits } from "./limit-settings";
import { readLimits } from "./limit-store";
import { type LineStore, lineStore } from "./line-store";
import type { LiveSession } from "./live-session";
import { type Place, placeFor, prepareOpening } from "./place";
import { onThisMachine } from "./placement-choice";
import { leaveLine, SessionService } from "./service";

vi.setConfig({ hookTimeout: 120_000, testTimeout: 60_000 });

const runnerSessions = 6;
const world = useDbtWorld((folder) => startTestRunner(folder, runnerSessions));
const patience = { timeout: 20_000, interval: 20 };

/** Two web processes, as far as the line goes: each has its own sessions and knows the other's through the database alone. */
describe("the line of two web processes", () => {
  let one: SessionService;
  let two: SessionService;
  /** The web process `one` has died, or hangs: it says nothing any more. */
  let dead = false;
  let place: Place;
  let neighbour: Actor;

  const fallible: LineStore = {
    ...lineStore,
    renew: (...given) => (dead ? Promise.reject(new Error("It is dead.")) : lineStore.renew(...given)),
  };

  beforeAll(async () => {
    const { id } = await world.workspaceOf(world.developer);
    place = await placeFor(world.developer, { workspaceId: id, environmentId: world.duckdb });
    neighbour = await actorOf("admin@hill.example");
    await startEventBridge();
  });
  beforeEach(() => {
    const [first, second] = [fallible, lineStore].map(
      (line) =>
        new SessionService({
          placement: onThisMachine(config().runnerSocket),
          limits: new LimitBook(readLimits),
          line,
        }),
    ) as [SessionService, SessionService];
    [one, two, dead] = [first, second, false];
  });
  afterEach(async () => {
    dead = false;
    await Promise.all([one.close(), two.close()]);
    await database().delete(schema.sessionLimits);
    await database().delete(schema.fullRunners);
    expect(await database().$count(schema.sessionPlaces)).toBe(0);
  });

  const limit = (values: Parameters<typeof setSessionLimits>[1]) => setSessionLimits(world.admin, values);
  const person = () => ({ organisationId: world.admin.organisationId, userId: randomUUID() });
  const stranger = () => ({ organisationId: neighbour.organisationId, userId: randomUUID() });

  /** Somebody opens a session at one of the web processes. */
  function open(service: SessionService, who: { organisationId: string; userId: string }): LiveSession {
    const session = service.registry.use({ ...place.identity, ...who, environmentId: randomUUID() }, "sign-in", {
      engine: "default",
      prepare: async () => prepareOpening(place, await service.limits.read(who.organisationId)),
    });
    service.registry.subscribe(session.identity, () => undefined);
    session.start();
    return session;
  }
  const end = (service: SessionService, session: LiveSession) =>
    service.registry.endWhere((other) => other === session, "forget", new AppError("CANCELLED", "Over."));
  const states = (sessions: readonly LiveSession[]) => sessions.map(({ status }) => status.line?.place ?? status.state);
  const become = (sessions: readonly LiveSession[], expected: (string | number)[]) =>
    vi.waitFor(() => expect(states(sessions)).toEqual(expected), patience);

  test("counts an organisation's sessions once, tells each their place, and nothing of it to another organisation", async () => {
    await limit({ sessionsPerOrganisation: 2 });
    const first = open(one, person());
    await become([first], ["ready"]);
    const second = open(two, person());
    await become([second], ["ready"]);
    const third = open(two, person());
    await become([third], [1]);
    const fourth = open(one, person());
    await become([third, fourth], [1, 2]);
    expect(fourth.status.line).toEqual({ place: 2, of: 2, reason: "organisation" });
    expect(await sessionLimits(world.admin)).toMatchObject({ running: 2, waiting: 2 });

    const elsewhere = open(two, stranger());
    await become([elsewhere], ["ready"]);
    expect(await sessionLimits(neighbour)).toMatchObject({ running: 1, waiting: 0 });
    const input = { workspaceId: place.workspace.id, environmentId: place.environment.id };
    await expect(leaveLine(neighbour, input)).rejects.toMatchObject({ code: "NOT_FOUND" });

    end(one, first);
    await become([third, fourth], ["ready", 1]);
    end(two, third);
    await become([fourth], ["ready"]);
  });

  test("a process that stops leaves no place behind, not even one that it was just asking for", async () => {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const steps: string[] = [];
    const slow: LineStore = {
      ...lineStore,
      enter: async (...given) => {
        steps.push("asks");
        await answered;
        const inside = await lineStore.enter(...given);
        steps.push("has a place");
        return inside;
      },
      release: (holder) => {
        steps.push("gives its places back");
        return lineStore.release(holder);
      },
    };
    const limits = new LimitBook(readLimits);
    const three = new SessionService({ placement: onThisMachine(config().runnerSocket), limits, line: slow });
    const session = open(three, person());
    await vi.waitFor(() => expect(steps).toEqual(["asks"]), patience);
    const closed = three.close();
    await database().$count(schema.sessionPlaces);
    answer();
    await closed;
    expect(steps).toEqual(["asks", "has a place", "gives its places back"]);
    expect(session.status.state).toBe("ended");
    expect(await database().$count(schema.sessionPlaces)).toBe(0);
  });

  test("many who come at once do not get more places than there are", async () => {
    await limit({ sessionsPerOrganisation: 3 });
    const sessions = Array.from({ length: 8 }, (_, index) => open(index % 2 === 0 ? one : two, person()));
    await vi.waitFor(() => {
      const places = states(sessions).filter((state) => typeof state === "number");
      expect(places.sort()).toEqual([1, 2, 3, 4, 5]);
      expect(states(sessions).filter((state) => state === "ready")).toHaveLength(3);
    }, patience);
  });

  test("whoever leaves the line lets the others move up, and a changed limit lets them in", async () => {
    await limit({ sessionsPerOrganisation: 1 });
    const first = open(one, person());
    await become([first], ["ready"]);
    const waiting: LiveSession[] = [];
    for (const [index, service] of [two, one, two].entries()) {
      waiting.push(open(service, person()));
      await become(waiting.slice(index), [index + 1]);
    }
    end(two, waiting[0] as LiveSession);
    await become(waiting.slice(1), [1, 2]);
    await limit({ sessionsPerOrganisation: 2 });
    await become(waiting.slice(1), ["ready", 1]);
    await limit({ sessionsPerOrganisation: null });
    await become(waiting.slice(1), ["ready", "ready"]);
  });

  test("a person's longest unused session makes room for their next one, in whichever process it is", async () => {
    await limit({ sessionsPerPerson: 2 });
    const who = person();
    const oldest = open(one, who);
    await become([oldest], ["ready"]);
    const newer = open(two, who);
    await become([newer], ["ready"]);
    const next = open(two, who);
    const heard: string[] = [];
    two.registry.subscribe(next.identity, (news) => {
      if (news.type === "session") heard.push(news.status.state);
    });
    await become([oldest, newer, next], ["ended", "ready", "ready"]);
    expect(oldest.status.error?.message).toBe("This dbt session made room for another one of yours.");
    expect(heard).not.toContain("waiting");
  });

  test("who works keeps their place, and the next one waits", async () => {
    await limit({ sessionsPerPerson: 1 });
    const who = person();
    const working = open(one, who);
    await become([working], ["ready"]);
    vi.spyOn(one, "runsOf").mockReturnValue([{} as ReturnType<SessionService["runsOf"]>[number]]);
    const next = open(two, who);
    await become([working, next], ["ready", 1]);
    expect(next.status.line).toEqual({ place: 1, of: 1, reason: "person" });
    vi.restoreAllMocks();
    await become([working, next], ["ended", "ready"]);
  });

  test("a full runner serves organisations and their people in turn, whichever process they came to", async () => {
    const running = Array.from({ length: runnerSessions }, () => open(one, person()));
    await become(running, Array(runnerSessions).fill("ready"));
    const [busy, colleague, other] = [person(), person(), stranger()];
    const come: [SessionService, typeof busy][] = [
      [one, busy],
      [two, busy],
      [two, colleague],
      [one, other],
    ];
    const waiting: LiveSession[] = [];
    for (const [service, who] of come) {
      waiting.push(open(service, who));
      await vi.waitFor(() => expect(waiting.at(-1)?.status.line?.of).toBe(waiting.length), patience);
    }
    // The first of each organisation, then the second person of the first one, then its first person's second session.
    await become(waiting, [1, 4, 3, 2]);
    const order = [0, 3, 2, 1];
    for (const [index, next] of order.entries()) {
      end(one, running[index] as LiveSession);
      await become([waiting[next] as LiveSession], ["ready"]);
      for (const later of order.slice(index + 1)) expect(waiting[later]?.status.state).not.toBe("ready");
    }
  });

  test("a dead process frees its places in a moment; one that only hung has its running sessions counted again", async () => {
    await limit({ sessionsPerOrganisation: 1 });
    const first = open(one, person());
    await become([first], ["ready"]);
    const second = open(two, person());
    await become([second], [1]);
    dead = true;
    await become([second], ["ready"]);
    dead = false;
    await vi.waitFor(async () => expect(await sessionLimits(world.admin)).toMatchObject({ running: 2 }), patience);
    const third = open(two, person());
    await become([third], [1]);
    end(two, second);
    await vi.waitFor(async () => expect(await sessionLimits(world.admin)).toMatchObject({ running: 1 }), patience);
    expect(states([third])).toEqual([1]);
    end(one, first);
    await become([third], ["ready"]);
  });

  test("a process that stops gives its places back at once, and one that waits there is told", async () => {
    await limit({ sessionsPerOrganisation: 1 });
    await become([open(one, person())], ["ready"]);
    const left = open(one, person());
    await become([left], [1]);
    const next = open(two, person());
    await become([next], [2]);
    await one.close();
    expect(left.status.error?.message).toBe("Millrace is shutting down.");
    await become([next], ["ready"]);
  });
});
