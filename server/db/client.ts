import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { config, logger, processSingleton } from "../core";
import * as schema from "./schema";

export type Database = NodePgDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

interface Connection {
  pool: pg.Pool;
  database: Database;
}

function connection(): Connection {
  return processSingleton("database", () => {
    const pool = new pg.Pool({
      connectionString: config().databaseUrl,
      max: 20,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 60_000,
      statement_timeout: 60_000,
      application_name: "millrace",
    });
    pool.on("error", (error) => logger().error({ err: error }, "An idle database connection was lost."));
    return { pool, database: drizzle(pool, { schema }) };
  });
}

/** The app database of this process (one pool). */
export function database(): Database {
  return connection().database;
}

/** Runs `work` in one transaction: all of it or nothing. */
export function withTransaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return database().transaction(work);
}

/** Milliseconds of one round trip. Throws when the database cannot be reached. */
export async function pingDatabase(): Promise<number> {
  const started = performance.now();
  await connection().pool.query("select 1");
  return performance.now() - started;
}

/** Closes the pool; called at shutdown and at the end of a test file. */
export async function closeDatabase(): Promise<void> {
  await connection().pool.end();
}
