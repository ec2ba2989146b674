import { resolve } from "node:path";
import { migrate } from "./migrate";

/** Entry of build/migrate.mjs: `DATABASE_URL=… node build/migrate.mjs [folder of migrations]`. */
const databaseUrl = process.env.DATABASE_URL;
if (databaseUrl === undefined || databaseUrl === "") {
  console.error(
    "DATABASE_URL is missing: the address of the PostgreSQL database, postgres://user:password@host/database",
  );
  process.exit(2);
}
await migrate(databaseUrl, resolve(process.argv[2] ?? "server/db/migrations"));
