import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { adapterSchema } from "../contract/engines";
import { builtInRoles } from "../contract/people";
import { seal, secretPurposes } from "../core";
import { type Transaction, withTransaction } from "./client";
import { domains, environments, memberships, organisations, projects, roles, signInConnections, users } from "./schema";

const name = z.string().min(1).max(100);
const roleName = z.enum(["admin", "developer", "analyst", "reader"]);
const environmentSchema = z.object({
  name,
  adapter: adapterSchema,
  target: name,
  schema: name,
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  secrets: z.record(z.string(), z.string()).default({}),
  threads: z.number().int().min(1).max(64).default(4),
  isDefault: z.boolean().default(false),
});
const projectSchema = z.object({
  slug: z.string().regex(/^[a-z0-9-]+$/),
  name,
  gitUrl: z.url(),
  gitToken: z.string().min(1).nullable().default(null),
  defaultBranch: name.default("main"),
  subfolder: z.string().default(""),
  environments: z.array(environmentSchema).default([]),
});
const organisationSchema = z.object({
  slug: z.string().regex(/^[a-z0-9-]+$/),
  name,
  domains: z.array(z.string().toLowerCase()).default([]),
  connection: z.object({
    name,
    issuer: z.url(),
    clientId: z.string().min(1),
    clientSecret: z.string().min(1),
    /** Role of people who sign in for the first time, when the connection is new. */
    newPeople: roleName.default("reader"),
  }),
  people: z
    .array(
      z.object({
        subject: z.string().min(1),
        email: z.email(),
        name,
        role: roleName,
      }),
    )
    .default([]),
  projects: z.array(projectSchema).default([]),
});
/** What the seed writes: organisations with their sign-in connection, people and projects. Secrets are plain here. */
export const seedDocumentSchema = z.object({ organisations: z.array(organisationSchema) });
export type SeedDocument = z.input<typeof seedDocumentSchema>;
type SeedOrganisation = z.output<typeof organisationSchema>;
type SeedProject = z.output<typeof projectSchema>;

/** Ids of what was seeded, by slug (connections and organisations) and by `organisation/project`. */
export interface Seeded {
  organisations: Record<string, string>;
  connections: Record<string, string>;
  projects: Record<string, string>;
}

/**
 * Writes organisations, people and projects, for the demo, the tests and a first installation. Running it again brings names,
 * addresses and secrets up to date; it never takes a role, a person or a rule away.
 */
export function seed(input: SeedDocument): Promise<Seeded> {
  const document = seedDocumentSchema.parse(input);
  return withTransaction(async (transaction) => {
    const seeded: Seeded = { organisations: {}, connections: {}, projects: {} };
    for (const organisation of document.organisations) {
      const { slug } = organisation;
      const organisationId = await seedOrganisation(transaction, organisation);
      const roleIds = await seedRoles(transaction, organisationId);
      const connectionId = await seedConnection(transaction, { organisationId, roleIds }, organisation.connection);
      await seedPeople(transaction, organisation, { organisationId, connectionId, roleIds });
      seeded.organisations[slug] = organisationId;
      seeded.connections[slug] = connectionId;
      for (const project of organisation.projects) {
        seeded.projects[`${slug}/${project.slug}`] = await seedProject(transaction, organisationId, project);
      }
    }
    return seeded;
  });
}

function stored<T>(rows: T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error("The database did not store a row of the seed.");
  return row;
}

async function seedOrganisation(transaction: Transaction, organisation: SeedOrganisation): Promise<string> {
  const { slug, name: title } = organisation;
  const { id } = stored(
    await transaction
      .insert(organisations)
      .values({ slug, name: title })
      .onConflictDoUpdate({ target: organisations.slug, set: { name: title } })
      .returning({ id: organisations.id }),
  );
  for (const domain of organisation.domains) {
    const verifiedAt = new Date();
    await transaction
      .insert(domains)
      .values({ domain, organisationId: id, verifiedAt })
      .onConflictDoUpdate({ target: domains.domain, set: { verifiedAt }, setWhere: eq(domains.organisationId, id) });
  }
  return id;
}

/** Gives an organisation the built-in roles, or brings them up to date. Returns their ids by name. */
export async function seedRoles(transaction: Transaction, organisationId: string): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const [role, granted] of Object.entries(builtInRoles)) {
    const { id } = stored(
      await transaction
        .insert(roles)
        .values({ organisationId, name: role, builtIn: true, permissions: [...granted] })
        .onConflictDoUpdate({
          target: [roles.organisationId, roles.name],
          set: { builtIn: true, permissions: [...granted] },
        })
        .returning({ id: roles.id }),
    );
    ids[role] = id;
  }
  return ids;
}

async function seedConnection(
  transaction: Transaction,
  { organisationId, roleIds }: { organisationId: string; roleIds: Record<string, string> },
  connection: SeedOrganisation["connection"],
): Promise<string> {
  const own = and(eq(signInConnections.organisationId, organisationId), eq(signInConnections.name, connection.name));
  const [known] = await transaction
    .select({ id: signInConnections.id, issuer: signInConnections.issuer })
    .from(signInConnections)
    .where(own);
  const id = known?.id ?? crypto.randomUUID();
  const { issuer, clientId, newPeople } = connection;
  // Without a choice the reader role is meant, whatever becomes of it.
  const newPeopleRole = newPeople === "reader" ? null : (roleIds[newPeople] ?? null);
  const values = { issuer, clientId, clientSecret: seal(connection.clientSecret, secretPurposes.signIn(id)) };
  await transaction
    .insert(signInConnections)
    .values({ id, organisationId, name: connection.name, defaultRoleId: newPeopleRole, ...values })
    .onConflictDoUpdate({ target: signInConnections.id, set: values });
  // The demo's provider may have moved to another port: its people are the same.
  if (known !== undefined && known.issuer !== issuer) {
    await transaction
      .update(users)
      .set({ issuer })
      .where(and(eq(users.connectionId, id), eq(users.issuer, known.issuer)));
  }
  return id;
}

async function seedPeople(
  transaction: Transaction,
  organisation: SeedOrganisation,
  ids: { organisationId: string; connectionId: string; roleIds: Record<string, string> },
): Promise<void> {
  const { organisationId, connectionId, roleIds } = ids;
  const { issuer } = organisation.connection;
  const now = Date.now();
  for (const [index, { subject, email, name: title, role }] of organisation.people.entries()) {
    const { id: userId } = stored(
      await transaction
        .insert(users)
        .values({ connectionId, issuer, subject, email, name: title, createdAt: new Date(now + index) })
        .onConflictDoUpdate({ target: [users.connectionId, users.issuer, users.subject], set: { email, name: title } })
        .returning({ id: users.id }),
    );
    const roleId = roleIds[role];
    if (roleId === undefined) throw new Error(`There is no role ${role}.`);
    await transaction.insert(memberships).values({ organisationId, userId, roleId }).onConflictDoNothing();
  }
}

async function seedProject(transaction: Transaction, organisationId: string, project: SeedProject): Promise<string> {
  const own = and(eq(projects.organisationId, organisationId), eq(projects.slug, project.slug));
  const [known] = await transaction.select({ id: projects.id }).from(projects).where(own);
  const id = known?.id ?? crypto.randomUUID();
  const { slug, name: title, gitUrl, defaultBranch, subfolder } = project;
  const gitToken = project.gitToken === null ? null : seal(project.gitToken, secretPurposes.gitToken(id));
  const values = { name: title, gitUrl, gitToken, defaultBranch, subfolder };
  await transaction
    .insert(projects)
    .values({ id, organisationId, slug, ...values })
    .onConflictDoUpdate({ target: projects.id, set: values });
  for (const environment of project.environments)
    await seedEnvironment(transaction, { organisationId, projectId: id }, environment);
  return id;
}

async function seedEnvironment(
  transaction: Transaction,
  ids: { organisationId: string; projectId: string },
  environment: SeedProject["environments"][number],
): Promise<void> {
  const { secrets, name: title, ...rest } = environment;
  const own = and(eq(environments.projectId, ids.projectId), eq(environments.name, title));
  const [known] = await transaction.select({ id: environments.id }).from(environments).where(own);
  const id = known?.id ?? crypto.randomUUID();
  const secretNames = Object.keys(secrets).sort();
  const sealed = secretNames.length === 0 ? null : seal(JSON.stringify(secrets), secretPurposes.environment(id));
  const values = { ...rest, secrets: sealed, secretNames };
  await transaction
    .insert(environments)
    .values({ id, ...ids, name: title, ...values })
    .onConflictDoUpdate({ target: environments.id, set: values });
}
