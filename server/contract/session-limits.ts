import { z } from "zod";

interface Definition {
  /** As the console and the messages of a limit that was reached name it. */
  readonly label: string;
  readonly help: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/**
 * What an organisation may set of its dbt sessions. `max` is what Millrace can do at all; the operator's environment may allow
 * less (`MILLRACE_MAX_…`). Worker processes name the memory and CPU settings in their own messages
 * (millrace_worker/lifecycle/outcome.py): the labels are the same there.
 */
export const sessionLimitDefinitions = {
  idleMinutes: {
    label: "Idle time-out",
    help: "After this long without anything done by the person, a session lets its memory go. It comes back with the next edit.",
    unit: "minutes",
    min: 1,
    max: 1_440,
    default: 30,
  },
  lifetimeHours: {
    label: "Longest lifetime",
    help: "A session ends after this long, used or not, and its previews with it. The next edit starts a fresh one.",
    unit: "hours",
    min: 1,
    max: 168,
    default: 12,
  },
  sessionsPerPerson: {
    label: "Sessions per person",
    help: "One more lets the person's longest unused session go. When all of them run previews, the new one waits in line.",
    unit: "sessions",
    min: 1,
    max: 20,
    default: 4,
  },
  sessionsPerOrganisation: {
    label: "Sessions of the organisation",
    help: "Further people wait in line, and see their place in it.",
    unit: "sessions",
    min: 1,
    max: 5_000,
    default: 100,
  },
  previewsPerPerson: {
    label: "Previews per person",
    help: "How many previews one person may run at a time.",
    unit: "previews",
    min: 1,
    max: 32,
    default: 4,
  },
  sessionMemoryMb: {
    label: "Memory of one session",
    help: "What a session may add to the parsed project that it shares. One that needs more ends, and starts again with the next edit.",
    unit: "MB",
    min: 256,
    max: 8_192,
    default: 2_048,
  },
  sessionCpuSeconds: {
    label: "Processor time of one session",
    help: "Compiling uses milliseconds; this ends a session that computes without end.",
    unit: "seconds",
    min: 60,
    max: 604_800,
    default: 7_200,
  },
  queryMemoryMb: {
    label: "Memory of one preview",
    help: "A preview that needs more ends with a message; its session goes on.",
    unit: "MB",
    min: 256,
    max: 8_192,
    default: 4_096,
  },
  queryCpuSeconds: {
    label: "Processor time of one preview",
    help: "Over all processors. A preview that uses more ends with a message; its session goes on.",
    unit: "seconds",
    min: 1,
    max: 86_400,
    default: 3_600,
  },
} as const satisfies Record<string, Definition>;

export type SessionLimitName = keyof typeof sessionLimitDefinitions;
export const sessionLimitNames = Object.keys(sessionLimitDefinitions) as [SessionLimitName, ...SessionLimitName[]];
export const sessionLimitNameSchema = z.enum(sessionLimitNames);
export type SessionLimitValues = Readonly<Record<SessionLimitName, number>>;

/** Settings that a running session was started with: a change of one starts the organisation's sessions afresh. */
export const limitsOfProcesses: readonly SessionLimitName[] = [
  "sessionMemoryMb",
  "sessionCpuSeconds",
  "queryMemoryMb",
  "queryCpuSeconds",
];

/** A whole number within the setting's own range, or null for the default. */
const settingSchema = (name: SessionLimitName) => {
  const { label, unit, min, max } = sessionLimitDefinitions[name];
  const words = `${label}: from ${min} to ${max} ${unit}.`;
  return z.number(words).int(words).min(min, words).max(max, words).nullable();
};

/** Settings to change; what is left out stays. */
export const setSessionLimitsInput = z.strictObject(
  Object.fromEntries(sessionLimitNames.map((name) => [name, settingSchema(name).optional()])) as Record<
    SessionLimitName,
    z.ZodOptional<ReturnType<typeof settingSchema>>
  >,
);
export type SetSessionLimits = z.infer<typeof setSessionLimitsInput>;

export const sessionLimitSchema = z.object({
  name: sessionLimitNameSchema,
  /** What counts now. */
  value: z.number(),
  /** What was set; null where the default counts. More than `max` when the operator has lowered it since. */
  set: z.number().nullable(),
  min: z.number(),
  /** The operator's bound, where it is below what Millrace can do. */
  max: z.number(),
  default: z.number(),
  changedBy: z.string().nullable(),
  changedAt: z.iso.datetime().nullable(),
});
export type SessionLimit = z.infer<typeof sessionLimitSchema>;

export const sessionLimitsSchema = z.object({
  limits: z.array(sessionLimitSchema),
  /** What the operator has set for all organisations together; null when the runner does not answer. */
  runner: z.object({ sessions: z.number(), maxSessions: z.number() }).nullable(),
  /** The organisation's sessions now, and its people who wait in line. */
  running: z.number(),
  waiting: z.number(),
});
export type SessionLimits = z.infer<typeof sessionLimitsSchema>;
