import { eq } from "drizzle-orm";
import { database, schema } from "../db";

/** Names of everything in an organisation that a rule can apply to, by id: itself, its projects, environments and roles. */
export async function scopeNames(organisationId: string): Promise<Map<string, string>> {
  const { environments, organisations, projects, roles } = schema;
  const [own, project, environment, role] = await Promise.all([
    database().select({ id: organisations.id, name: organisations.name }).from(organisations).where(eq(organisations.id, organisationId)),
    database().select({ id: projects.id, name: projects.name }).from(projects).where(eq(projects.organisationId, organisationId)),
    database()
      .select({ id: environments.id, name: environments.name, project: projects.name })
      .from(environments)
      .innerJoin(projects, eq(projects.id, environments.projectId))
      .where(eq(environments.organisationId, organisationId)),
    database().select({ id: roles.id, name: roles.name }).from(roles).where(eq(roles.organisationId, organisationId)),
  ]);
  const named = environment.map(({ id, name, project: of }) => ({ id, name: `${of} / ${name}` }));
  return new Map([...own, ...project, ...named, ...role].map(({ id, name }) => [id, name]));
}
