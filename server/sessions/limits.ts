import {
  type SessionLimitName,
  type SessionLimitValues,
  sessionLimitDefinitions,
  sessionLimitNames,
} from "../contract";

/** Bounds that the operator's environment sets, for every organisation (`config().limitMaxima`). */
export type LimitMaxima = Readonly<Partial<Record<SessionLimitName, number>>>;

/** The largest value that an organisation may set here. */
export function maximumOf(name: SessionLimitName, maxima: LimitMaxima): number {
  const { min, max } = sessionLimitDefinitions[name];
  return Math.max(min, Math.min(max, maxima[name] ?? max));
}

/** What counts: what the organisation set, else the default, within what the operator allows now. */
export function effectiveLimits(
  set: Partial<Record<SessionLimitName, number>>,
  maxima: LimitMaxima,
): SessionLimitValues {
  const values = sessionLimitNames.map((name) => [
    name,
    Math.min(set[name] ?? sessionLimitDefinitions[name].default, maximumOf(name, maxima)),
  ]);
  return Object.fromEntries(values) as SessionLimitValues;
}

export const defaultSessionLimits: SessionLimitValues = effectiveLimits({}, {});

/** Unsaved text that one session's memory keeps for a replacement, in characters. */
export const overlayCharacters = 50_000_000;

/** A session that hears nothing from its web process for this long ends: the web process pings, unless it hangs. */
export const silenceSeconds = 300;
export const pingMilliseconds = 60_000;

/** How long a request may take before the person is told, in milliseconds. */
export const requestTimeouts = {
  /** From hello to ready: a first parse of a very large project takes minutes. */
  ready: 15 * 60_000,
  overlay: 60_000,
  compile: 120_000,
  index: 60_000,
  check: 60_000,
  lineage: 60_000,
  defer: 60_000,
  cancel: 5_000,
  ping: 10 * 60_000,
} as const;
