import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

/**
 * The app database. Every table that belongs to a tenant carries `organisationId`, and every query names it.
 * Never stored: rows, query results, query text, file contents.
 */
const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
const id = () => uuid("id").primaryKey().defaultRandom();
const at = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const createdAt = () => at("created_at").notNull().defaultNow();
const organisationId = () =>
  uuid("organisation_id")
    .notNull()
    .references(() => organisations.id, { onDelete: "cascade" });

export const organisations = pgTable("organisations", {
  id: id(),
  slug: text("slug").notNull().unique(),
  name: text("name").notNull(),
  createdAt: createdAt(),
});

/** E-mail domains that the organisation has proved to own: for sign-in lookup and provisioning. */
export const domains = pgTable("domains", {
  domain: text("domain").primaryKey(),
  organisationId: organisationId(),
  verifiedAt: at("verified_at"),
});

/** A sign-in connection: one OpenID provider of one organisation. */
export const signInConnections = pgTable("sign_in_connections", {
  id: id(),
  organisationId: organisationId(),
  name: text("name").notNull(),
  issuer: text("issuer").notNull(),
  clientId: text("client_id").notNull(),
  /** Sealed by core/crypto. */
  clientSecret: bytea("client_secret").notNull(),
  enabled: boolean("enabled").notNull().default(true),
  /** What is asked of the provider, separated by spaces; always with openid. */
  scopes: text("scopes").notNull().default("openid email profile"),
  /** Role that a newly provisioned person gets. */
  defaultRoleId: uuid("default_role_id").references(() => roles.id),
  createdAt: createdAt(),
});

export const users = pgTable(
  "users",
  {
    id: id(),
    connectionId: uuid("connection_id")
      .notNull()
      .references(() => signInConnections.id, { onDelete: "cascade" }),
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    /** The provider's directory id (Entra `oid`): stable over applications, unlike `subject`. */
    directoryId: text("directory_id"),
    email: text("email").notNull(),
    name: text("name").notNull(),
    preferences: jsonb("preferences").$type<Record<string, unknown>>().notNull().default({}),
    createdAt: createdAt(),
  },
  (table) => [unique("users_identity").on(table.connectionId, table.issuer, table.subject)],
);

export const roles = pgTable(
  "roles",
  {
    id: id(),
    organisationId: organisationId(),
    name: text("name").notNull(),
    builtIn: boolean("built_in").notNull().default(false),
    permissions: text("permissions").array().notNull(),
  },
  (table) => [unique("roles_name").on(table.organisationId, table.name)],
);

export const memberships = pgTable(
  "memberships",
  {
    organisationId: organisationId(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    roleId: uuid("role_id")
      .notNull()
      .references(() => roles.id),
    active: boolean("active").notNull().default(true),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.organisationId, table.userId] })],
);

/** One sign-in. The token in the cookie carries a random sid; only its SHA-256 is stored. */
export const signInSessions = pgTable(
  "sign_in_sessions",
  {
    id: id(),
    organisationId: organisationId(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    sidHash: text("sid_hash").notNull().unique(),
    /** SHA-256 of the nonce of the sign-in that made it: a sign-in's answer is accepted once. */
    nonceHash: text("nonce_hash").notNull().unique(),
    providerSession: text("provider_session"),
    createdAt: createdAt(),
    lastSeenAt: at("last_seen_at").notNull().defaultNow(),
    expiresAt: at("expires_at").notNull(),
    revokedAt: at("revoked_at"),
    revokedReason: text("revoked_reason"),
  },
  (table) => [
    index("sign_in_sessions_user").on(table.userId),
    index("sign_in_sessions_expiry").on(table.expiresAt).where(sql`revoked_at is null`),
  ],
);

export const projects = pgTable(
  "projects",
  {
    id: id(),
    organisationId: organisationId(),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    gitUrl: text("git_url").notNull(),
    /** Sealed by core/crypto; null for a public repository. */
    gitToken: bytea("git_token"),
    defaultBranch: text("default_branch").notNull(),
    subfolder: text("subfolder").notNull().default(""),
    createdAt: createdAt(),
  },
  (table) => [unique("projects_slug").on(table.organisationId, table.slug)],
);

export const environments = pgTable(
  "environments",
  {
    id: id(),
    organisationId: organisationId(),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    engine: text("engine").notNull().default("default"),
    adapter: text("adapter").notNull(),
    target: text("target").notNull(),
    schema: text("schema").notNull(),
    settings: jsonb("settings").$type<Record<string, string | number | boolean>>().notNull(),
    /** Sealed JSON object of secret name to value; null when there are none. */
    secrets: bytea("secrets"),
    secretNames: text("secret_names").array().notNull().default(sql`'{}'::text[]`),
    threads: integer("threads").notNull().default(4),
    /** dbt variables, as `--vars` gives them. */
    vars: jsonb("vars").$type<Record<string, unknown>>().notNull().default({}),
    isDefault: boolean("is_default").notNull().default(false),
    createdAt: createdAt(),
  },
  (table) => [unique("environments_name").on(table.projectId, table.name)],
);

/** What is known of the manifest.json that an environment's sessions defer to; the file is in the data folder. */
export const productionManifests = pgTable("production_manifests", {
  environmentId: uuid("environment_id")
    .primaryKey()
    .references(() => environments.id, { onDelete: "cascade" }),
  organisationId: organisationId(),
  projectId: uuid("project_id")
    .notNull()
    .references(() => projects.id, { onDelete: "cascade" }),
  source: text("source").$type<"upload" | "job">().notNull(),
  dbtProject: text("dbt_project"),
  dbtVersion: text("dbt_version"),
  schemaVersion: integer("schema_version").notNull(),
  adapter: text("adapter"),
  nodes: integer("nodes").notNull(),
  bytes: bigint("bytes", { mode: "number" }).notNull(),
  sha256: text("sha256").notNull(),
  generatedAt: at("generated_at"),
  keptAt: at("kept_at").notNull().defaultNow(),
  keptBy: uuid("kept_by").references(() => users.id, { onDelete: "set null" }),
});

export const workspaces = pgTable(
  "workspaces",
  {
    id: id(),
    organisationId: organisationId(),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    state: text("state").$type<"cloning" | "ready" | "failed">().notNull(),
    branch: text("branch"),
    createdAt: createdAt(),
  },
  (table) => [unique("workspaces_person").on(table.projectId, table.userId)],
);

export const policyRules = pgTable(
  "policy_rules",
  {
    id: id(),
    organisationId: organisationId(),
    scope: text("scope").$type<"organisation" | "project" | "environment" | "role">().notNull(),
    scopeId: uuid("scope_id").notNull(),
    preview: boolean("preview").notNull(),
    export: boolean("export").notNull(),
    maxRows: integer("max_rows"),
    maxBytes: bigint("max_bytes", { mode: "number" }),
    maxSeconds: integer("max_seconds"),
    reason: text("reason").notNull().default(""),
    updatedAt: at("updated_at").notNull().defaultNow(),
    updatedBy: uuid("updated_by").references(() => users.id, { onDelete: "set null" }),
  },
  (table) => [uniqueIndex("policy_rules_scope").on(table.organisationId, table.scope, table.scopeId)],
);

/** Limits of dbt sessions that an organisation has set itself; the default counts for those that are not here. */
export const sessionLimits = pgTable(
  "session_limits",
  {
    organisationId: organisationId(),
    name: text("name").notNull(),
    value: integer("value").notNull(),
    updatedAt: at("updated_at").notNull().defaultNow(),
    updatedBy: uuid("updated_by").references(() => users.id, { onDelete: "set null" }),
  },
  (table) => [primaryKey({ columns: [table.organisationId, table.name] })],
);

/**
 * Who has a place for a dbt session, and who waits for one, over all web processes: a row lives as long as its holder renews it.
 * Both tables of the line are unlogged and without foreign keys (0006): nothing of them must survive, and nothing waits for a disk.
 */
export const sessionPlaces = pgTable(
  "session_places",
  {
    id: uuid("id").primaryKey(),
    /** The web process that it belongs to. */
    holder: uuid("holder").notNull(),
    organisationId: uuid("organisation_id").notNull(),
    userId: uuid("user_id").notNull(),
    engine: text("engine").notNull(),
    /** Where in the line it is; null once it has been admitted. */
    position: integer("position"),
    /** What decides whether it gives way to others, as its holder last said. */
    usedAt: at("used_at").notNull(),
    busy: boolean("busy").notNull(),
    watched: boolean("watched").notNull(),
    /** It was asked to make room for somebody who waits for this. */
    givesWayFor: text("gives_way_for").$type<"person" | "organisation" | "runner">(),
    expiresAt: at("expires_at").notNull(),
  },
  (table) => [index("session_places_organisation").on(table.organisationId)],
);

/** Engines whose runners refused a session: one of those who wait asks again, at `retryAt` or when a session has ended. */
export const fullRunners = pgTable("full_runners", {
  engine: text("engine").primaryKey(),
  retryAt: at("retry_at").notNull(),
  /** The admitted place that asks now. */
  probe: uuid("probe"),
});

/** Metadata of interactive queries: who, what, how long, how many. */
export const queryRuns = pgTable(
  "query_runs",
  {
    id: uuid("id").primaryKey(),
    organisationId: organisationId(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    environmentId: uuid("environment_id").references(() => environments.id, { onDelete: "set null" }),
    subject: text("subject").notNull(),
    outcome: text("outcome").notNull(),
    message: text("message"),
    rows: bigint("rows", { mode: "number" }),
    bytes: bigint("bytes", { mode: "number" }),
    milliseconds: integer("milliseconds"),
    startedAt: at("started_at").notNull().defaultNow(),
  },
  (table) => [index("query_runs_time").on(table.organisationId, table.startedAt)],
);

/** Append-only: a trigger refuses UPDATE and DELETE. No foreign keys, so that the trail outlives what it speaks of. */
export const auditEvents = pgTable(
  "audit_events",
  {
    id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    organisationId: uuid("organisation_id").notNull(),
    at: at("at").notNull().defaultNow(),
    action: text("action").notNull(),
    actorId: uuid("actor_id"),
    actorName: text("actor_name").notNull(),
    subject: text("subject").notNull(),
    details: jsonb("details").$type<Record<string, unknown>>().notNull(),
    requestId: text("request_id"),
  },
  (table) => [index("audit_events_time").on(table.organisationId, table.id)],
);
