import { afterAll, describe, expect, test, vi } from "vitest";
import { sessionLimitDefinitions, sessionLimitNames, setSessionLimitsInput } from "../contract/session-limits";
import { events } from "../core";
import { database, notify, schema, startEventBridge } from "../db";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { sessionLimits, setSessionLimits } from "./limit-settings";
import { readLimits } from "./limit-store";
import { defaultSessionLimits, effectiveLimits } from "./limits";
import { sessionService } from "./service";

process.env.MILLRACE_MAX_QUERY_MEMORY_MB = "1024";

useTestDatabase(async () => {
  await seedTestOrganisations();
  await startEventBridge();
});
afterAll(() => sessionService().close());

const admin = () => actorOf("admin@river.example");

describe("the limits of an organisation", () => {
  test("are sensible defaults within the operator's bounds until somebody sets them", async () => {
    const { limits } = await sessionLimits(await admin());
    expect(limits.map(({ name }) => name)).toEqual(sessionLimitNames);
    for (const { name, value, set, min, max } of limits) {
      expect({ name, set, sound: min <= value && value <= max }).toEqual({ name, set: null, sound: true });
    }
    const memory = limits.find(({ name }) => name === "queryMemoryMb");
    expect(memory).toMatchObject({ value: 1024, max: 1024, default: 1024, changedBy: null, changedAt: null });
  });

  test("change with who did it, before and after in the audit trail, for that organisation alone", async () => {
    const actor = await admin();
    const heard = vi.fn();
    const stop = events.on("sessionLimitsChanged", heard);
    const { limits } = await setSessionLimits(actor, { idleMinutes: 5, sessionsPerPerson: 2, lifetimeHours: null });
    expect(limits.find(({ name }) => name === "idleMinutes")).toMatchObject({
      ...{ value: 5, set: 5, changedBy: "admin of river.example", changedAt: expect.any(String) },
    });
    expect(await readLimits(actor.organisationId)).toMatchObject({ idleMinutes: 5, sessionsPerPerson: 2 });
    const neighbour = await actorOf("admin@hill.example");
    expect(await readLimits(neighbour.organisationId)).toMatchObject({ idleMinutes: 30, sessionsPerPerson: 4 });
    const trail = await database().select().from(schema.auditEvents);
    expect(trail.map(({ action, subject, details }) => ({ action, subject, details }))).toEqual([
      {
        action: "limits.changed",
        subject: "Idle time-out, Sessions per person",
        details: {
          before: { idleMinutes: 30, sessionsPerPerson: 4 },
          after: { idleMinutes: 5, sessionsPerPerson: 2 },
        },
      },
    ]);
    expect(heard.mock.calls.map(([payload]) => payload)).toEqual([
      { organisationId: actor.organisationId, by: "admin of river.example", restart: false },
    ]);
    stop();
  });

  test("what does not change is written nowhere; null goes back to the default", async () => {
    const actor = await admin();
    const before = await database().$count(schema.auditEvents);
    await setSessionLimits(actor, { idleMinutes: 5 });
    expect(await database().$count(schema.auditEvents)).toBe(before);
    const { limits } = await setSessionLimits(actor, { idleMinutes: null });
    expect(limits.find(({ name }) => name === "idleMinutes")).toMatchObject({ value: 30, set: null, changedBy: null });
  });

  test("count at once in this process, and in another that is told", async () => {
    const actor = await admin();
    const { limits } = sessionService();
    expect(await limits.read(actor.organisationId)).toMatchObject({ previewsPerPerson: 4 });
    await setSessionLimits(actor, { previewsPerPerson: 7 });
    await vi.waitFor(() => expect(limits.known(actor.organisationId).previewsPerPerson).toBe(7));
    await database().update(schema.sessionLimits).set({ value: 3 });
    const { organisationId } = actor;
    const payload = { organisationId, by: "Ada", restart: false };
    await notify("millrace_events", { origin: "another process", name: "sessionLimitsChanged", payload });
    await vi.waitFor(() => expect(limits.known(organisationId).previewsPerPerson).toBe(3));
  });

  test("only numbers within the range, within the operator's bound, by who may", async () => {
    const actor = await admin();
    for (const name of sessionLimitNames) {
      const { min, max, label } = sessionLimitDefinitions[name];
      for (const value of [min - 1, max + 1, min + 0.5, "1"]) {
        const { success, error } = setSessionLimitsInput.safeParse({ [name]: value });
        expect([success, error?.issues[0]?.message]).toEqual([false, expect.stringContaining(`${label}: from ${min}`)]);
      }
      expect(setSessionLimitsInput.safeParse({ [name]: max }).success).toBe(true);
    }
    expect(setSessionLimitsInput.safeParse({ unheardOf: 1 }).success).toBe(false);
    await expect(setSessionLimits(actor, { queryMemoryMb: 1025 })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "Memory of one preview: the operator of this server allows 1024 MB at most.",
    });
    const developer = await actorOf("developer@river.example");
    await expect(sessionLimits(developer)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(setSessionLimits(developer, { idleMinutes: 1 })).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

test("an operator who lowers a bound lowers what was set above it", () => {
  expect(effectiveLimits({ queryMemoryMb: 4096 }, { queryMemoryMb: 512 }).queryMemoryMb).toBe(512);
  expect(effectiveLimits({ queryMemoryMb: 4096 }, {})).toEqual({ ...defaultSessionLimits, queryMemoryMb: 4096 });
});
