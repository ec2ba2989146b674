import {
  limitsOfProcesses,
  type SessionLimit,
  type SessionLimitName,
  type SetSessionLimits,
  sessionLimitDefinitions,
} from "@/server/contract";

/** What stands in the fields, by setting. Empty means the default. */
export type LimitTexts = Readonly<Partial<Record<SessionLimitName, string>>>;

export const limitGroups: readonly { title: string; names: readonly SessionLimitName[] }[] = [
  { title: "Time", names: ["idleMinutes", "lifetimeHours"] },
  { title: "Places", names: ["sessionsPerPerson", "sessionsPerOrganisation", "previewsPerPerson"] },
  {
    title: "Memory and processor time",
    names: ["sessionMemoryMb", "sessionCpuSeconds", "queryMemoryMb", "queryCpuSeconds"],
  },
];

export function textsOf(limits: readonly SessionLimit[]): LimitTexts {
  return Object.fromEntries(limits.map(({ name, set }) => [name, set === null ? "" : String(set)]));
}

/** What the text of a field stands for: a number, the default (null), or why it is neither. */
function parse(text: string, { name, min, max }: SessionLimit): { value: number | null } | { problem: string } {
  const digits = text.replace(/[\s,_']/g, "");
  if (digits === "") return { value: null };
  const value = Number(digits);
  const { unit } = sessionLimitDefinitions[name];
  if (Number.isInteger(value) && value >= min && value <= max) return { value };
  return { problem: `A whole number from ${min.toLocaleString()} to ${max.toLocaleString()} ${unit}.` };
}

export interface LimitChanges {
  readonly changes: SetSessionLimits;
  readonly problems: Readonly<Partial<Record<SessionLimitName, string>>>;
}

/** What the fields would change, and what is wrong with them. What was not touched is neither. */
export function changesOf(texts: LimitTexts, limits: readonly SessionLimit[]): LimitChanges {
  const before = textsOf(limits);
  const changes: Partial<Record<SessionLimitName, number | null>> = {};
  const problems: Partial<Record<SessionLimitName, string>> = {};
  for (const limit of limits) {
    const text = texts[limit.name] ?? "";
    if (text === before[limit.name]) continue;
    const parsed = parse(text, limit);
    if ("problem" in parsed) problems[limit.name] = parsed.problem;
    else if (parsed.value !== limit.set) changes[limit.name] = parsed.value;
  }
  return { changes, problems };
}

/** Says what saving will do before it does it, one sentence a change. */
export function effectsOf({ changes }: LimitChanges, limits: readonly SessionLimit[]): string[] {
  const changed = limits.flatMap((limit) => {
    const wanted = changes[limit.name];
    if (wanted === undefined) return [];
    const next = wanted ?? limit.default;
    return [{ ...limit, next, definition: sessionLimitDefinitions[limit.name] }];
  });
  const effects = changed.map(({ value, next, set, definition: { label, unit } }) => {
    const amount = (number: number) => `${number.toLocaleString()} ${unit}`;
    if (value === next) return `${label} stays ${amount(next)}${set === null ? ", whatever the default" : ""}.`;
    return `${label} changes from ${amount(value)} to ${amount(next)}.`;
  });
  const restarts = changed.some(({ name, value, next }) => limitsOfProcesses.includes(name) && value !== next);
  if (restarts)
    effects.push("Running sessions start afresh and their previews end within a second. Nothing typed is lost.");
  return effects;
}
