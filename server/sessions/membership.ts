import { and, eq } from "drizzle-orm";
import { type Permission, permissions } from "../contract/people";
import type { Actor } from "../core";
import { database, schema } from "../db";

/** What a person may do in an organisation now, whatever their request was allowed: null when they are not active there. */
export async function currentMembership(
  organisationId: string,
  userId: string,
): Promise<Pick<Actor, "roleId" | "permissions"> | null> {
  const { memberships, roles } = schema;
  const [found] = await database()
    .select({ active: memberships.active, roleId: roles.id, permissions: roles.permissions })
    .from(memberships)
    .innerJoin(roles, eq(roles.id, memberships.roleId))
    .where(and(eq(memberships.organisationId, organisationId), eq(memberships.userId, userId)));
  if (found === undefined || !found.active) return null;
  return { roleId: found.roleId, permissions: new Set(found.permissions.filter(isPermission)) };
}

function isPermission(name: string): name is Permission {
  return (permissions as readonly string[]).includes(name);
}
