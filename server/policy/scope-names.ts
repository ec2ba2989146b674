import { eq } from "drizzle-orm";
import type { PolicyScope } from "../contract/policy";
import { database, schema } from "../db";

interface NamedScope {
  readonly scope: PolicyScope;
  readonly scopeId: string;
  readonly name: string;
}

/** Everything in an organisation that a rule can apply to, by id: itself, its projects, environments and roles. */
export async function scopeNames(organisationId: string): Promise<Map<string, NamedScope>> {
  const { environments, organisations, projects, roles } = schema;
  const [own, project, environment, role] = await Promise.all([
    database()
      .select({ id: organisations.id, name: organisations.name })
      .from(organisations)
      .where(eq(organisations.id, organisationId)),
    database()
      .select({ id: projects.id, name: projects.name })
      .from(projects)
      .where(eq(projects.organisationId, organisationId)),
    database()
      .select({ id: environments.id, name: environments.name, project: projects.name })
      .from(environments)
      .innerJoin(projects, eq(projects.id, environments.projectId))
      .where(eq(environments.organisationId, organisationId)),
    database().select({ id: roles.id, name: roles.name }).from(roles).where(eq(roles.organisationId, organisationId)),
  ]);
  const scopes: NamedScope[] = [
    ...own.map(({ id, name }) => ({ scope: "organisation" as const, scopeId: id, name })),
    ...project.map(({ id, name }) => ({ scope: "project" as const, scopeId: id, name })),
    ...environment.map(({ id, name, project: of }) => ({
      scope: "environment" as const,
      scopeId: id,
      name: `${of} / ${name}`,
    })),
    ...role.map(({ id, name }) => ({ scope: "role" as const, scopeId: id, name })),
  ];
  return new Map(scopes.map((scope) => [scope.scopeId, scope]));
}
