import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";

/** Any number that only migrations use: two processes that start at once migrate one after the other. */
const advisoryLock = 4_701_933_021;

/**
 * Brings a database to the newest schema. Safe to run again and from several processes at once.
 * @param migrationsFolder absolute path of server/db/migrations
 */
export async function migrate(databaseUrl: string, migrationsFolder: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: "millrace migrate",
    connectionTimeoutMillis: 15_000,
  });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [advisoryLock]);
    await applyMigrations(drizzle(client), {
      migrationsFolder,
      migrationsSchema: "public",
      migrationsTable: "migrations",
    });
  } finally {
    await client.end();
  }
}
