import { z } from "zod";
import { adapterSchema, defaultEngine, engineNameSchema } from "./engines";
import { errorBodySchema } from "./errors";
import { branchNamePattern, longestBranchName } from "./plain";

/** Names an admin types. */
const title = z.string().trim().min(1).max(100);
/** An https URL without user info (http only for loopback; the service checks the address itself). */
const gitUrl = z.url().max(2000);
export const branchName = z
  .string()
  .trim()
  .min(1)
  .max(longestBranchName)
  .regex(branchNamePattern, "This is not a valid Git branch name.");
const subfolder = z.string().trim().max(500).default("");

const varsSchema = z
  .record(z.string().min(1), z.unknown())
  .refine((vars) => JSON.stringify(vars).length <= 20_000, "Variables may take 20,000 characters in all.");

/** An environment is a warehouse connection plus a dbt target of one project. Secrets are write-only. */
export const environmentSchema = z.object({
  id: z.string(),
  projectId: z.string(),
  name: z.string(),
  /** The Python environment that runs it. */
  engine: z.string(),
  adapter: adapterSchema,
  /** dbt target name (`target.name`). */
  target: z.string(),
  /** dbt target schema. */
  schema: z.string(),
  /** Adapter settings without secrets, as in profiles.yml (duckdb: path; postgres: host, port, dbname, user, sslmode). */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Names of the secrets that are set, never their values. */
  secretNames: z.array(z.string()),
  threads: z.number().int(),
  /** dbt variables that count over those of dbt_project.yml, as `--vars` gives them. No secrets: all who see the project read them. */
  vars: varsSchema,
  isDefault: z.boolean(),
});
export type Environment = z.infer<typeof environmentSchema>;

export const workspaceSchema = z.object({
  id: z.string(),
  projectId: z.string(),
  branch: z.string().nullable(),
  state: z.enum(["cloning", "ready", "failed"]),
  /** What keeps dbt from working here, in plain words (for example: no dbt_project.yml); files can still be edited. */
  problem: z.string().nullable().default(null),
});
export type Workspace = z.infer<typeof workspaceSchema>;

/** A project as people see it; the Git token is write-only (`hasToken`). */
export const projectSchema = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  gitUrl: z.string(),
  defaultBranch: z.string(),
  subfolder: z.string(),
  hasToken: z.boolean(),
  createdAt: z.iso.datetime(),
  environments: z.array(environmentSchema),
  /** This person's working tree, or null before the first clone. */
  workspace: workspaceSchema.nullable(),
});
export type Project = z.infer<typeof projectSchema>;

export const createProjectInput = z.object({
  name: title,
  gitUrl,
  token: z.string().max(4000).nullable().default(null),
  subfolder,
  defaultBranch: branchName.default("main"),
});
export const updateProjectInput = createProjectInput.partial().extend({ projectId: z.string() });
/** Asks a remote for its branches. With a project and no token, the project's stored token is used (for the same server only). */
export const checkRemoteInput = z.object({
  gitUrl,
  token: z.string().max(4000).nullable().default(null),
  projectId: z.string().nullable().default(null),
});
export const environmentIdInput = z.object({ environmentId: z.string() });
export const saveEnvironmentInput = z.object({
  projectId: z.string(),
  environmentId: z.string().nullable(),
  name: title,
  engine: engineNameSchema.default(defaultEngine),
  adapter: adapterSchema,
  target: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[A-Za-z0-9_-]+$/, "Letters, digits, _ and - only."),
  schema: z.string().trim().min(1).max(200),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Only the secrets to change; null removes one. */
  secrets: z.record(z.string(), z.string().nullable()).default({}),
  threads: z.number().int().min(1).max(64).default(4),
  vars: varsSchema.default({}),
  isDefault: z.boolean().default(false),
});
/** Tries a connection as it is in the form, saved or not. Stored secrets count while they would go to the same server. */
export const testEnvironmentInput = saveEnvironmentInput;
export const projectIdInput = z.object({ projectId: z.string() });
export const workspaceIdInput = z.object({ workspaceId: z.string() });

/** What a clone, pull or push says while it runs. The last event is `done` or `failed`. */
export const gitProgressSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("progress"), phase: z.string(), loaded: z.number(), total: z.number().nullable() }),
  z.object({ type: z.literal("done"), workspaceId: z.string(), problem: z.string().nullable().default(null) }),
  z.object({ type: z.literal("failed"), error: errorBodySchema }),
]);
export type GitProgress = z.infer<typeof gitProgressSchema>;
