import type { Permission } from "../contract/people";
import type { Actor } from "./actor";
import { AppError } from "./app-error";

const words: Record<Permission, string> = {
  "project.read": "open projects",
  "project.manage": "manage projects and their connections",
  "file.write": "change files",
  "git.push": "push to the remote repository",
  "preview.run": "preview rows",
  "preview.export": "export rows",
  "people.manage": "manage people and roles",
  "sign-in.manage": "manage the organisation's sign-in",
  "policy.manage": "change the preview policy",
  "session.manage": "see and end other people's sessions",
  "audit.read": "read the audit trail",
};

/** Throws FORBIDDEN unless the actor's role allows it. Every service function calls this before it does anything else. */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (actor.permissions.has(permission)) return;
  throw new AppError("FORBIDDEN", `Your role does not allow you to ${words[permission]}.`, {
    hint: "Ask an administrator of your organisation for a role that does.",
    details: { permission },
  });
}

/** Throws FORBIDDEN unless the actor's role allows at least one of them; the message names the first. */
export function requireAnyPermission(actor: Actor, allowed: readonly [Permission, ...Permission[]]): void {
  if (!allowed.some((permission) => actor.permissions.has(permission))) requirePermission(actor, allowed[0]);
}

/** Nobody gives away, or takes away, more than they have: managing people is not a way to become an administrator. */
export function requireCovers(actor: Actor, granted: readonly Permission[]): void {
  const beyond = granted.filter((permission) => !actor.permissions.has(permission));
  if (beyond.length === 0) return;
  throw new AppError("FORBIDDEN", "This role allows more than your own, so you cannot give, change or take it.", {
    details: { permissions: beyond },
  });
}
