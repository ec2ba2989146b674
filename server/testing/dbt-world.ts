import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { and, eq } from "drizzle-orm";
import { afterAll, inject } from "vitest";
import { type Actor, config, seal } from "../core";
import { database, schema } from "../db";
import { actorOf, seedTestOrganisations, useTestDatabase } from "./database";
import { git } from "./git";
import { python, startTestRunner, type TestRunner } from "./runner";

/** A dbt project with a warehouse in DuckDB and one in PostgreSQL, people, and a real runner: what a preview needs. */
export interface DbtWorld {
  readonly runner: TestRunner;
  readonly admin: Actor;
  readonly developer: Actor;
  readonly reader: Actor;
  readonly stranger: Actor;
  readonly projectId: string;
  /** The environments by adapter. */
  readonly duckdb: string;
  readonly postgres: string;
  readonly warehouseFile: string;
  /** A workspace of this person, with the project committed. */
  workspaceOf(actor: Actor): Promise<{ id: string; root: string }>;
}

const projectFiles: Record<string, string> = {
  "dbt_project.yml": "name: orders\nversion: '1.0'\nprofile: orders\nmodel-paths: [models]\nmacro-paths: [macros]\n",
  "models/numbers.sql": "select id, name from main.numbers\n",
  "models/doubled.sql": "select id * 2 as twice from {{ ref('numbers') }}\n",
  "models/asks.sql":
    "{% set found = run_query('select 41 + 1 as answer') %}\nselect {{ found.columns[0].values()[0] if execute else 0 }} as answer\n",
};

/** Makes the world once per test file. `startRunner` may start something else that serves it. */
export function useDbtWorld(
  startRunner: (folder: string) => Promise<TestRunner> = (folder) => startTestRunner(folder),
): DbtWorld {
  const folder = mkdtempSync(join(tmpdir(), "millrace-dbt-"));
  const made: Partial<Record<keyof DbtWorld, unknown>> = {};
  const workspaces = new Map<string, { id: string; root: string }>();

  async function workspaceOf(actor: Actor): Promise<{ id: string; root: string }> {
    const known = workspaces.get(actor.userId);
    if (known) return known;
    const projectId = made.projectId as string;
    const root = join(config().dataFolder, "workspaces", actor.organisationId, projectId, actor.userId);
    for (const [path, text] of Object.entries(projectFiles)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    await git(root, "init", "--quiet", "--initial-branch=main");
    await git(root, "add", "--all");
    await git(root, "commit", "--quiet", "-m", "Start");
    const [row] = await database()
      .insert(schema.workspaces)
      .values({ organisationId: actor.organisationId, projectId, userId: actor.userId, state: "ready", branch: "main" })
      .returning({ id: schema.workspaces.id });
    if (row === undefined) throw new Error("The workspace was not stored.");
    const workspace = { id: row.id, root };
    workspaces.set(actor.userId, workspace);
    return workspace;
  }

  async function environmentId(
    name: string,
    values: Partial<typeof schema.environments.$inferInsert>,
  ): Promise<string> {
    const { environments } = schema;
    const ours = and(eq(environments.projectId, made.projectId as string), eq(environments.name, name));
    const [row] = await database().update(environments).set(values).where(ours).returning({ id: environments.id });
    if (row === undefined) throw new Error(`There is no environment ${name}.`);
    return row.id;
  }

  useTestDatabase(async () => {
    process.env.MILLRACE_DATA = join(folder, "data");
    process.env.MILLRACE_RUNNER_SOCKET = join(folder, "runner.sock");
    made.warehouseFile = join(folder, "warehouse.duckdb");
    python(
      "import duckdb,sys; c=duckdb.connect(sys.argv[1]); c.execute(\"create table numbers as select range as id, 'canary-' || range as name from range(1000)\"); c.close()",
      made.warehouseFile as string,
    );
    made.runner = await startRunner(folder);
    const seeded = await seedTestOrganisations();
    made.projectId = seeded.projects["river/orders"];
    made.duckdb = await environmentId("dev", { settings: { path: made.warehouseFile as string } });
    const server = new URL(inject("postgresUrl"));
    const settings = {
      host: server.hostname,
      port: Number(server.port),
      dbname: "postgres",
      user: server.username,
      sslmode: "disable",
    };
    made.postgres = await environmentId("warehouse", { settings, schema: "public" });
    await environmentId("warehouse", {
      secrets: seal(JSON.stringify({ password: server.password }), `environment-secrets:${made.postgres}`),
    });
    made.admin = await actorOf("admin@river.example");
    made.developer = await actorOf("developer@river.example");
    made.reader = await actorOf("reader@river.example");
    made.stranger = await actorOf("developer@hill.example");
  });
  afterAll(async () => {
    await (made.runner as TestRunner | undefined)?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return new Proxy({ workspaceOf } as DbtWorld, {
    get: (target, name) => (name === "workspaceOf" ? target.workspaceOf : made[name as keyof DbtWorld]),
  });
}
