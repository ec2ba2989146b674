import { logger } from "../core";
import { pingDatabase } from "../db";
import { runnerHealth } from "../sessions";

export interface Health {
  readonly ok: boolean;
  readonly database: { readonly reachable: boolean; readonly milliseconds: number | null };
  readonly runner: { readonly reachable: boolean; readonly dbtVersion: string | null };
}

/** Whether the parts that Millrace stands on answer. Never throws; says nothing that is not for everyone. */
export async function health(): Promise<Health> {
  const [milliseconds, runner] = await Promise.all([databaseMilliseconds(), runnerHealth()]);
  const database = { reachable: milliseconds !== null, milliseconds };
  const { reachable, dbtVersion } = runner;
  return { ok: database.reachable && reachable, database, runner: { reachable, dbtVersion } };
}

async function databaseMilliseconds(): Promise<number | null> {
  try {
    return Math.round((await pingDatabase()) * 10) / 10;
  } catch (error) {
    logger().warn({ err: error }, "The database does not answer.");
    return null;
  }
}
