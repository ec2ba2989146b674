import { isAbsolute, relative, resolve } from "node:path";
import { and, eq, ne } from "drizzle-orm";
import type { z } from "zod";
import { audit } from "../audit";
import { defaultEngine } from "../contract/engines";
import type { Environment, saveEnvironmentInput } from "../contract/projects";
import { type Actor, AppError, config, events, isId, requirePermission, seal, secretPurposes } from "../core";
import { database, schema, withTransaction } from "../db";
import { checkConnection, furtherHosts } from "../engines";
import { openSecrets, projectRow, toEnvironment } from "./access";

/** As parsed, but engine and variables may be left out. */
type ConnectionInput = Omit<z.output<typeof saveEnvironmentInput>, "engine" | "vars"> & {
  engine?: string;
  vars?: Environment["vars"];
};

/** Adds or changes an environment. Secrets are sealed; only their names are ever read back. Throws FORBIDDEN, INVALID_INPUT, CONFLICT. */
export async function saveEnvironment(actor: Actor, input: ConnectionInput): Promise<Environment> {
  requirePermission(actor, "project.manage");
  const project = await projectRow(actor, input.projectId);
  const before = input.environmentId === null ? null : await findEnvironment(actor, project.id, input.environmentId);
  const id = before?.id ?? crypto.randomUUID();
  const { settings, secrets } = checkedConnection(input, before);
  const names = Object.keys(secrets).sort();
  const values = {
    name: input.name,
    engine: input.engine ?? defaultEngine,
    adapter: input.adapter,
    target: input.target,
    schema: input.schema,
    settings,
    secrets: names.length === 0 ? null : seal(JSON.stringify(secrets), secretPurposes.environment(id)),
    secretNames: names,
    threads: input.threads,
    vars: input.vars ?? {},
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

/** What would be saved, with its secrets opened, to try it. Throws FORBIDDEN, NOT_FOUND, INVALID_INPUT, and CONFLICT for an unfinished engine. */
export async function connectionToTest(
  actor: Actor,
  input: ConnectionInput,
): Promise<{ projectName: string; settings: Environment["settings"]; secrets: Record<string, string> }> {
  requirePermission(actor, "project.manage");
  const project = await projectRow(actor, input.projectId);
  const before = input.environmentId === null ? null : await findEnvironment(actor, project.id, input.environmentId);
  return { projectName: project.name, ...checkedConnection(input, before) };
}

/** The settings as the adapter wants them, and the secrets: the new ones, and stored ones while they would go to the same server. */
function checkedConnection(
  input: ConnectionInput,
  before: typeof schema.environments.$inferSelect | null,
): { settings: Environment["settings"]; secrets: Record<string, string> } {
  const { engine = defaultEngine, adapter } = input;
  const stored = before && sameServer(before, input) ? openSecrets(before) : {};
  const secrets = mergeSecrets(input.secrets, stored);
  const settings = checkConnection({ engine, adapter, settings: input.settings, secretNames: Object.keys(secrets) });
  const local = adapter === "duckdb" && !/^(md|motherduck):/.test(String(settings.path));
  return { settings: local ? { path: checkWarehousePath(String(settings.path)) } : settings, secrets };
}

/** What decides where a secret goes: hosts, addresses and accounts. Another value of any of them, and stored secrets stay behind. */
const whereTo =
  /host|port$|account|url|uri|endpoint|authenticator|region|proxy|server|path$|method|scheme|environment|arn/;

function sameServer(before: typeof schema.environments.$inferSelect, input: ConnectionInput): boolean {
  if (before.adapter !== input.adapter) return false;
  const names = new Set(
    [...Object.keys(before.settings), ...Object.keys(input.settings)].filter(
      (name) => whereTo.test(name) && name !== furtherHosts,
    ),
  );
  const defaults: Environment["settings"] = { port: { postgres: 5432, redshift: 5439 }[input.adapter] ?? "" };
  return [...names].every(
    (name) =>
      String(before.settings[name] ?? defaults[name] ?? "") === String(input.settings[name] ?? defaults[name] ?? ""),
  );
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

/** The stored secrets with the changes applied. */
function mergeSecrets(
  changes: Readonly<Record<string, string | null>>,
  stored: Record<string, string>,
): Record<string, string> {
  const merged = new Map(Object.entries(stored));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}
