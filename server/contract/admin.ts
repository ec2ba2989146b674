import { z } from "zod";
import { queryRunSchema } from "./dbt";

export const auditActions = [
  "sign-in",
  "sign-in.refused",
  "sign-out",
  "preview.run",
  "preview.refused",
  "preview.cancelled",
  "preview.exported",
  "policy.changed",
  "policy.removed",
  "sign-in.connection-added",
  "sign-in.connection-changed",
  "sign-in.connection-removed",
  "domain.added",
  "domain.removed",
  "person.role-changed",
  "person.activated",
  "person.deactivated",
  "role.saved",
  "role.removed",
  "project.created",
  "project.changed",
  "project.removed",
  "environment.saved",
  "environment.removed",
  "environment.tested",
  "engine.added",
  "engine.removed",
  "limits.changed",
  "session.started",
  "session.ended",
  "git.push",
  "manifest.kept",
  "manifest.removed",
] as const;
export const auditActionSchema = z.enum(auditActions);
export type AuditAction = z.infer<typeof auditActionSchema>;

/** One line of the append-only trail. `details` holds counts, names and before/after; never a row or a secret. */
export const auditEventSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  action: auditActionSchema,
  actorId: z.string().nullable(),
  actorName: z.string(),
  subject: z.string(),
  details: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;
export const auditFilterInput = z.object({
  action: auditActionSchema.nullable().default(null),
  actorId: z.string().nullable().default(null),
  /** Matches actor name and subject. */
  text: z.string().max(200).default(""),
  from: z.iso.datetime().nullable().default(null),
  to: z.iso.datetime().nullable().default(null),
  cursor: z.string().nullable().default(null),
  limit: z.number().int().min(1).max(500).default(100),
});
export const auditPageSchema = z.object({ events: z.array(auditEventSchema), nextCursor: z.string().nullable() });

export const liveSessionSchema = z.object({
  id: z.string(),
  userId: z.string(),
  userName: z.string(),
  projectName: z.string(),
  environmentName: z.string(),
  adapter: z.string(),
  state: z.string(),
  startedAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
  memoryKb: z.number().nullable(),
  runningQueries: z.array(queryRunSchema),
});
export type LiveSession = z.infer<typeof liveSessionSchema>;

export const overviewSchema = z.object({
  people: z.number(),
  activePeople: z.number(),
  projects: z.number(),
  sessionsNow: z.number(),
  previewsToday: z.number(),
  refusedToday: z.number(),
  previewOn: z.boolean(),
  rules: z.number(),
  runner: z.object({ reachable: z.boolean(), dbtVersion: z.string().nullable(), message: z.string().nullable() }),
});
export type Overview = z.infer<typeof overviewSchema>;
