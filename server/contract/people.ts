import { z } from "zod";

/** What a role may allow. Names are `<thing>.<verb>`; a service function checks exactly one of them. */
export const permissions = [
  "project.read",
  "project.manage",
  "file.write",
  "git.push",
  "preview.run",
  "preview.export",
  "people.manage",
  "sign-in.manage",
  "policy.manage",
  "session.manage",
  "audit.read",
] as const;
export const permissionSchema = z.enum(permissions);
export type Permission = z.infer<typeof permissionSchema>;

/** Built-in roles. Organisations may define more; a built-in role cannot be changed or removed. */
export const builtInRoles: Record<string, readonly Permission[]> = {
  admin: permissions,
  developer: ["project.read", "file.write", "git.push", "preview.run", "preview.export"],
  analyst: ["project.read", "file.write", "preview.run", "preview.export"],
  reader: ["project.read"],
};

export const roleSchema = z.object({
  id: z.string(),
  name: z.string(),
  builtIn: z.boolean(),
  permissions: z.array(permissionSchema),
});
export type Role = z.infer<typeof roleSchema>;

export const personSchema = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  roleId: z.string(),
  roleName: z.string(),
  active: z.boolean(),
  lastSeenAt: z.iso.datetime().nullable(),
});
export type Person = z.infer<typeof personSchema>;

export const meSchema = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  organisation: z.object({ id: z.string(), slug: z.string(), name: z.string() }),
  roleName: z.string(),
  permissions: z.array(permissionSchema),
  demo: z.boolean(),
  preferences: z.record(z.string(), z.unknown()),
});
export type Me = z.infer<typeof meSchema>;

/** The answer to "which organisation?": its sign-in connections by name, or none when nothing matches. */
export const signInLookupSchema = z.object({
  organisation: z.object({ slug: z.string(), name: z.string() }).nullable(),
  connections: z.array(z.object({ id: z.string(), name: z.string(), kind: z.enum(["oidc"]) })),
});
export type SignInLookup = z.infer<typeof signInLookupSchema>;

const organisationName = z.string().trim().min(1).max(200);
export const signInLookupInput = z.object({ query: organisationName });
export const setRoleInput = z.object({ userId: z.string(), roleId: z.string() });
export const setActiveInput = z.object({ userId: z.string(), active: z.boolean() });
export const saveRoleInput = z.object({
  roleId: z.string().nullable(),
  name: z.string().trim().min(1).max(60),
  permissions: z.array(permissionSchema).max(permissions.length),
});
export const savePreferencesInput = z.object({ preferences: z.record(z.string(), z.unknown()) });
