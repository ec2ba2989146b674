import { isAbsolute, relative, resolve } from "node:path";
import { and, eq, ne } from "drizzle-orm";
import { z } from "zod";
import { audit } from "../audit";
import type { Adapter, Environment, saveEnvironmentInput } from "../contract/projects";
import { type Actor, AppError, config, events, isId, requirePermission, seal, secretPurposes } from "../core";
import { database, schema, withTransaction } from "../db";
import { openSecrets, projectRow, toEnvironment } from "./access";

const text = z.string().trim().min(1).max(500);
/** What an adapter's settings and secrets may be. Anything else is refused, so that no profile option slips through unseen. */
const connections = {
  duckdb: { settings: z.strictObject({ path: text }), secrets: new Set<string>() },
  postgres: {
    settings: z.strictObject({
      host: text.regex(/^[A-Za-z0-9.:_-]+$/, "The host must be a host name or an address."),
      port: z.coerce.number().int().min(1).max(65_535).default(5432),
      dbname: text,
      user: text,
      sslmode: z.enum(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]).default("prefer"),
    }),
    secrets: new Set(["password"]),
  },
} satisfies Record<Adapter, { settings: z.ZodType<Environment["settings"]>; secrets: Set<string> }>;

/** Adds or changes an environment. Secrets are sealed; only their names are ever read back. Throws FORBIDDEN, INVALID_INPUT, CONFLICT. */
export async function saveEnvironment(
  actor: Actor,
  input: z.output<typeof saveEnvironmentInput>,
): Promise<Environment> {
  requirePermission(actor, "project.manage");
  const project = await projectRow(actor, input.projectId);
  const settings = checkSettings(input.adapter, input.settings);
  const before = input.environmentId === null ? null : await findEnvironment(actor, project.id, input.environmentId);
  const id = before?.id ?? crypto.randomUUID();
  const sameConnection =
    before?.adapter === input.adapter &&
    before.settings.host === settings.host &&
    before.settings.port === settings.port;
  const secrets = mergeSecrets(input, before && sameConnection ? openSecrets(before) : {});
  const names = Object.keys(secrets).sort();
  const values = {
    name: input.name,
    adapter: input.adapter,
    target: input.target,
    schema: input.schema,
    settings,
    secrets: names.length === 0 ? null : seal(JSON.stringify(secrets), secretPurposes.environment(id)),
    secretNames: names,
    threads: input.threads,
  };
  const row = await withTransaction(async (transaction) => {
    const others = await transaction
      .select({ id: schema.environments.id, name: schema.environments.name, isDefault: schema.environments.isDefault })
      .from(schema.environments)
      .where(and(eq(schema.environments.projectId, project.id), ne(schema.environments.id, id)));
    if (others.some(({ name }) => name === input.name)) {
      throw new AppError("CONFLICT", `The project has an environment named ${input.name} already.`, {
        hint: "Choose another name.",
      });
    }
    const isDefault = input.isDefault || !others.some((other) => other.isDefault);
    if (isDefault) {
      await transaction
        .update(schema.environments)
        .set({ isDefault: false })
        .where(eq(schema.environments.projectId, project.id));
    }
    const [saved] = await transaction
      .insert(schema.environments)
      .values({ id, organisationId: actor.organisationId, projectId: project.id, ...values, isDefault })
      .onConflictDoUpdate({ target: schema.environments.id, set: { ...values, isDefault } })
      .returning();
    if (!saved) throw new Error("The environment was not saved.");
    const after = toEnvironment(saved);
    const details = { before: before && toEnvironment(before), after, secretsChanged: Object.keys(input.secrets) };
    await audit(actor, "environment.saved", `${project.name} / ${input.name}`, details, transaction);
    return saved;
  });
  if (before) events.emit("environmentChanged", { organisationId: actor.organisationId, environmentId: id });
  return toEnvironment(row);
}

/** Removes an environment. If it was the default, another one becomes it. Throws FORBIDDEN, NOT_FOUND. */
export async function removeEnvironment(actor: Actor, input: { environmentId: string }): Promise<void> {
  requirePermission(actor, "project.manage");
  const row = await findEnvironment(actor, null, input.environmentId);
  const project = await projectRow(actor, row.projectId);
  await withTransaction(async (transaction) => {
    await transaction
      .delete(schema.environments)
      .where(and(eq(schema.environments.id, row.id), eq(schema.environments.organisationId, actor.organisationId)));
    const [heir] = await transaction
      .select({ id: schema.environments.id })
      .from(schema.environments)
      .where(eq(schema.environments.projectId, row.projectId))
      .orderBy(schema.environments.name)
      .limit(1);
    if (row.isDefault && heir) {
      await transaction.update(schema.environments).set({ isDefault: true }).where(eq(schema.environments.id, heir.id));
    }
    await audit(
      actor,
      "environment.removed",
      `${project.name} / ${row.name}`,
      { before: toEnvironment(row) },
      transaction,
    );
  });
  events.emit("environmentChanged", { organisationId: actor.organisationId, environmentId: row.id });
}

async function findEnvironment(
  actor: Actor,
  projectId: string | null,
  id: string,
): Promise<typeof schema.environments.$inferSelect> {
  const [row] = isId(id)
    ? await database()
        .select()
        .from(schema.environments)
        .where(and(eq(schema.environments.id, id), eq(schema.environments.organisationId, actor.organisationId)))
    : [];
  if (!row || (projectId !== null && row.projectId !== projectId))
    throw new AppError("NOT_FOUND", "There is no such environment.");
  return row;
}

function checkSettings(adapter: Adapter, given: Environment["settings"]): Environment["settings"] {
  const parsed = connections[adapter].settings.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = issue?.path.join(".") ?? "";
    const unknown = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : null;
    throw new AppError(
      "INVALID_INPUT",
      unknown
        ? `Millrace does not know the setting ${unknown} for ${adapter}.`
        : `The setting ${name} is missing or not valid.`,
      { details: { setting: unknown ?? name } },
    );
  }
  const settings: Environment["settings"] = parsed.data;
  return adapter === "duckdb" ? { path: checkWarehousePath(String(settings.path)) } : settings;
}

/** A DuckDB file must be absolute and in a folder that the operator opened for warehouses. */
function checkWarehousePath(path: string): string {
  const folders = config().warehouseFolders;
  const isInside = (folder: string) => {
    const way = relative(folder, resolve(path));
    return way !== "" && !way.startsWith("..") && !isAbsolute(way);
  };
  if (isAbsolute(path) && !path.includes("\0") && folders.some(isInside)) return resolve(path);
  throw new AppError(
    "INVALID_INPUT",
    "The DuckDB file must be an absolute path inside a folder that the operator of Millrace allows.",
    {
      hint:
        folders.length === 0
          ? "None is allowed now; the operator sets MILLRACE_WAREHOUSE_DIRS."
          : `Allowed: ${folders.join(", ")}.`,
    },
  );
}

/** The stored secrets with the changes applied. Stored ones are kept only while they would go to the same server. */
function mergeSecrets(
  input: z.output<typeof saveEnvironmentInput>,
  stored: Record<string, string>,
): Record<string, string> {
  const known = connections[input.adapter].secrets;
  const merged = new Map(Object.entries(stored));
  for (const [name, value] of Object.entries(input.secrets)) {
    if (!known.has(name))
      throw new AppError("INVALID_INPUT", `Millrace does not know the secret ${name} for ${input.adapter}.`);
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}
