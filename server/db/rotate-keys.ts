import { and, eq, isNotNull } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { rewrap } from "../core";
import { database } from "./client";
import { environments, projects, signInConnections } from "./schema";

/** Every column that holds a sealed secret. */
const sealedColumns = [
  { table: signInConnections, id: signInConnections.id, column: signInConnections.clientSecret, key: "clientSecret" },
  { table: projects, id: projects.id, column: projects.gitToken, key: "gitToken" },
  { table: environments, id: environments.id, column: environments.secrets, key: "secrets" },
] as const;

/**
 * Wraps the data key of every stored secret with the current master key (MILLRACE_KEY), while Millrace runs: the old key stays
 * in MILLRACE_KEY_PREVIOUS until this has been done. A secret that someone changes meanwhile is left as they stored it.
 * Returns how many were wrapped again and how many already were.
 */
export async function rotateKeys(): Promise<{ rotated: number; current: number }> {
  const done = { rotated: 0, current: 0 };
  for (const { table, id, column, key } of sealedColumns) {
    const rows = await database()
      .select({ id, sealed: column })
      .from(table as PgTable)
      .where(isNotNull(column));
    for (const row of rows) {
      const sealed = row.sealed as Buffer;
      const wrapped = rewrap(sealed);
      if (wrapped === null) {
        done.current += 1;
        continue;
      }
      await database()
        .update(table as PgTable)
        .set({ [key]: wrapped })
        .where(and(eq(id, row.id), eq(column, sealed)));
      done.rotated += 1;
    }
  }
  return done;
}
