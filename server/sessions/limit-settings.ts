import { eq } from "drizzle-orm";
import { audit } from "../audit";
import {
  limitsOfProcesses,
  type SessionLimit,
  type SessionLimitName,
  type SessionLimits,
  type SessionLimitValues,
  type SetSessionLimits,
  sessionLimitDefinitions,
  sessionLimitNames,
} from "../contract";
import { type Actor, AppError, config, events, requirePermission } from "../core";
import { database, schema, withTransaction } from "../db";
import { storedLimits, storeLimits } from "./limit-store";
import { effectiveLimits, maximumOf } from "./limits";
import { countPlaces } from "./line-store";
import { readRunnerStatus } from "./runner-status";

/** Every limit with who set it, and how full it is now. Needs `session.manage`. */
export async function sessionLimits(actor: Actor): Promise<SessionLimits> {
  requirePermission(actor, "session.manage");
  const { sessionLimits: table, users } = schema;
  const rows = await database()
    .select({ name: table.name, value: table.value, at: table.updatedAt, by: users.name })
    .from(table)
    .leftJoin(users, eq(users.id, table.updatedBy))
    .where(eq(table.organisationId, actor.organisationId));
  const { limitMaxima } = config();
  const values = effectiveLimits(Object.fromEntries(rows.map(({ name, value }) => [name, value])), limitMaxima);
  const limits = sessionLimitNames.map((name): SessionLimit => {
    const row = rows.find((one) => one.name === name);
    const { min } = sessionLimitDefinitions[name];
    return {
      ...{ name, value: values[name], set: row?.value ?? null, min, max: maximumOf(name, limitMaxima) },
      default: effectiveLimits({}, limitMaxima)[name],
      changedBy: row === undefined ? null : (row.by ?? "someone who has left"),
      changedAt: row?.at.toISOString() ?? null,
    };
  });
  const [runner, places] = await Promise.all([runnerPlaces(), countPlaces(actor.organisationId)]);
  return { limits, runner, ...places };
}

/**
 * Sets limits, or puts them back to their default (null). They count from this moment: places at once, idle time and lifetime for
 * running sessions too; where memory or processor time changed, running sessions start afresh. Needs `session.manage`.
 * @throws INVALID_INPUT beyond the operator's maximum
 */
export async function setSessionLimits(actor: Actor, input: SetSessionLimits): Promise<SessionLimits> {
  requirePermission(actor, "session.manage");
  const { limitMaxima } = config();
  const wanted = Object.entries(input).filter(([, value]) => value !== undefined) as [
    SessionLimitName,
    number | null,
  ][];
  for (const [name, value] of wanted) {
    const maximum = maximumOf(name, limitMaxima);
    if (value === null || value <= maximum) continue;
    const { label, unit } = sessionLimitDefinitions[name];
    throw new AppError("INVALID_INPUT", `${label}: the operator of this server allows ${maximum} ${unit} at most.`);
  }
  const changed = await withTransaction(async (transaction) => {
    const before = await storedLimits(actor.organisationId, transaction);
    const differing = wanted.filter(([name, value]) => (before[name] ?? null) !== value);
    if (differing.length === 0) return [];
    await storeLimits(actor, differing, transaction);
    const then = effectiveLimits(before, limitMaxima);
    const now = effectiveLimits(await storedLimits(actor.organisationId, transaction), limitMaxima);
    const of = (values: SessionLimitValues) => Object.fromEntries(differing.map(([name]) => [name, values[name]]));
    const subject = differing.map(([name]) => sessionLimitDefinitions[name].label).join(", ");
    await audit(actor, "limits.changed", subject, { before: of(then), after: of(now) }, transaction);
    return differing.map(([name]) => name).filter((name) => then[name] !== now[name]);
  });
  if (changed.length > 0) {
    const restart = changed.some((name) => limitsOfProcesses.includes(name));
    events.emit("sessionLimitsChanged", { organisationId: actor.organisationId, by: actor.userName, restart });
  }
  return sessionLimits(actor);
}

/** Sessions of every organisation on the runner of this machine; null where there is none or it does not answer. */
async function runnerPlaces(): Promise<SessionLimits["runner"]> {
  const { remoteRunners, runnerSocket } = config();
  if (remoteRunners !== null) return null;
  try {
    const { sessions, maxSessions } = await readRunnerStatus({ kind: "unix", path: runnerSocket });
    return { sessions, maxSessions };
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
