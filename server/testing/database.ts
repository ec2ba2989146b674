import { randomBytes } from "node:crypto";
import { and, eq } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, inject } from "vitest";
import { type Permission, permissions } from "../contract/people";
import { type Actor, newRequestId } from "../core";
import { closeDatabase, closeNotifications, database, type SeedDocument, type Seeded, schema, seed } from "../db";
import { templateDatabase } from "./postgres-global";

/** Settings of the test process; a test file may change `process.env` before its first use of `config()`. */
function setEnvironment(databaseUrl: string): void {
  const defaults: Record<string, string> = {
    NEXTAUTH_URL: "http://localhost:3000",
    NEXTAUTH_SECRET: "a secret of the tests that is long enough",
    MILLRACE_KEY: Buffer.alloc(32, 7).toString("base64"),
    MILLRACE_DEMO: "on",
    MILLRACE_LOG_LEVEL: "silent",
    MILLRACE_TRUST_LOOPBACK_GIT: "on",
  };
  process.env.DATABASE_URL = databaseUrl;
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
}

/** Gives the test file a migrated database of its own; call it once at the top. Runs `prepare` when the database is there. */
export function useTestDatabase(prepare: () => Promise<void> = async () => undefined): void {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const server = () => inject("postgresUrl");
  const administer = async (statement: string) => {
    const client = new pg.Client({ connectionString: `${server()}/postgres` });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  beforeAll(async () => {
    await administer(`create database ${name} template ${templateDatabase}`);
    setEnvironment(`${server()}/${name}`);
    await prepare();
  });
  afterAll(async () => {
    await closeNotifications();
    await closeDatabase();
    await administer(`drop database ${name} with (force)`);
  });
}

/** Two organisations with a person of each built-in role, and a project with two environments in the first one. */
export function testOrganisations(connection: { issuer?: string; clientSecret?: string } = {}): SeedDocument {
  const { issuer = "http://127.0.0.1:1/river", clientSecret = "a client secret" } = connection;
  const roles = ["admin", "developer", "analyst", "reader"] as const;
  const people = (domain: string) =>
    roles.map((role) => ({
      subject: `${role}-subject`,
      email: `${role}@${domain}`,
      name: `${role} of ${domain}`,
      role,
    }));
  return {
    organisations: [
      {
        slug: "river",
        name: "River Foods",
        domains: ["river.example"],
        connection: { name: "River sign-in", issuer, clientId: "millrace", clientSecret },
        people: people("river.example"),
        projects: [
          {
            slug: "orders",
            name: "Orders",
            gitUrl: "http://127.0.0.1:1/orders.git",
            gitToken: "a git token",
            environments: [
              {
                name: "dev",
                adapter: "duckdb",
                target: "dev",
                schema: "main",
                settings: { path: "/nowhere.duckdb" },
                isDefault: true,
              },
              {
                name: "warehouse",
                adapter: "postgres",
                target: "warehouse",
                schema: "public",
                settings: { host: "127.0.0.1", port: 1, dbname: "none", user: "none" },
                secrets: { password: "a warehouse password" },
              },
            ],
          },
        ],
      },
      {
        slug: "hill",
        name: "Hill Co",
        domains: ["hill.example"],
        connection: {
          name: "Hill sign-in",
          issuer: issuer.replace("river", "hill"),
          clientId: "millrace",
          clientSecret,
        },
        people: people("hill.example"),
        projects: [{ slug: "orders", name: "Orders of Hill", gitUrl: "http://127.0.0.1:1/hill.git" }],
      },
    ],
  };
}

/** Seeds `testOrganisations`. */
export function seedTestOrganisations(connection: Parameters<typeof testOrganisations>[0] = {}): Promise<Seeded> {
  return seed(testOrganisations(connection));
}

/** The actor that a signed-in person of that e-mail address would be, with a real sign-in session row. */
export async function actorOf(email: string): Promise<Actor> {
  const { memberships, roles, signInSessions, users } = schema;
  const [person] = await database()
    .select({ userId: users.id, userName: users.name, organisationId: memberships.organisationId, role: roles })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .innerJoin(roles, and(eq(roles.id, memberships.roleId), eq(roles.organisationId, memberships.organisationId)))
    .where(eq(users.email, email));
  if (person === undefined) throw new Error(`There is no ${email}.`);
  const { userId, userName, organisationId, role } = person;
  const random = () => randomBytes(16).toString("hex");
  const [session] = await database()
    .insert(signInSessions)
    .values({
      organisationId,
      userId,
      sidHash: random(),
      nonceHash: random(),
      expiresAt: new Date(Date.now() + 3_600_000),
    })
    .returning({ id: signInSessions.id });
  if (session === undefined) throw new Error("The session was not stored.");
  const granted = new Set(
    role.permissions.filter((name): name is Permission => (permissions as readonly string[]).includes(name)),
  );
  return {
    userId,
    userName,
    organisationId,
    roleId: role.id,
    permissions: granted,
    signInSessionId: session.id,
    requestId: newRequestId(),
  };
}
