import { expect, test } from "vitest";
import {
  type SessionLimit,
  type SessionLimitName,
  sessionLimitDefinitions,
  sessionLimitNames,
} from "@/server/contract";
import { changesOf, effectsOf, limitGroups, textsOf } from "./limits-form";

const limit = (name: SessionLimitName, set: number | null = null, max: number = sessionLimitDefinitions[name].max) => {
  const { min, default: usual } = sessionLimitDefinitions[name];
  const by = { changedBy: null, changedAt: null };
  return { name, value: set ?? usual, set, min, max, default: usual, ...by } satisfies SessionLimit;
};
const limits = [limit("idleMinutes"), limit("sessionsPerPerson", 2), limit("queryMemoryMb", null, 1024)];

test("every setting is in one group", () => {
  expect(limitGroups.flatMap(({ names }) => names).sort()).toEqual([...sessionLimitNames].sort());
});

test("only what differs is a change; an empty field is the default", () => {
  const texts = textsOf(limits);
  expect(changesOf(texts, limits)).toEqual({ changes: {}, problems: {} });
  expect(changesOf({ ...texts, idleMinutes: " 1,000 ", sessionsPerPerson: "" }, limits).changes).toEqual({
    idleMinutes: 1000,
    sessionsPerPerson: null,
  });
});

test.each(["0", "1441", "1.5", "half an hour", "-5"])("%s is no idle time", (idleMinutes) => {
  const { changes, problems } = changesOf({ ...textsOf(limits), idleMinutes }, limits);
  expect([changes, problems.idleMinutes]).toEqual([{}, "A whole number from 1 to 1,440 minutes."]);
});

test("the operator's bound counts", () => {
  const { problems } = changesOf({ ...textsOf(limits), queryMemoryMb: "2048" }, limits);
  expect(problems.queryMemoryMb).toBe("A whole number from 256 to 1,024 MB.");
});

test("what saving does is said before: sessions start afresh only where their processes are concerned", () => {
  const effects = (texts: Parameters<typeof changesOf>[0]) =>
    effectsOf(changesOf({ ...textsOf(limits), ...texts }, limits), limits);
  expect(effects({ idleMinutes: "10" })).toEqual(["Idle time-out changes from 30 minutes to 10 minutes."]);
  expect(effects({ sessionsPerPerson: "" })).toEqual(["Sessions per person changes from 2 sessions to 4 sessions."]);
  expect(effects({ queryMemoryMb: "512" })).toEqual([
    "Memory of one preview changes from 4,096 MB to 512 MB.",
    "Running sessions start afresh and their previews end within a second. Nothing typed is lost.",
  ]);
  expect(effects({ idleMinutes: "30" })).toEqual(["Idle time-out stays 30 minutes, whatever the default."]);
});
