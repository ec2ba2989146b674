import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { and, eq } from "drizzle-orm";
import { audit } from "../audit";
import type { ProductionManifest } from "../contract/defer";
import { type Actor, AppError, config, isId, requirePermission } from "../core";
import { database, schema, withTransaction } from "../db";
import { environmentForActor, projectForActor } from "../projects";
import { readManifest } from "./reader";

/** The most that one manifest may have: that of a project of 20,000 models. */
export const maxManifestBytes = 256 * 1024 * 1024;
const fileName = "manifest.json";

export interface ManifestPlace {
  readonly organisationId: string;
  readonly projectId: string;
  readonly environmentId: string;
}

/** The folder of an environment's production manifest, made when there is none. A session may read it. */
export async function manifestFolder(place: ManifestPlace): Promise<string> {
  const folder = folderOf(place);
  // As readable as workspaces are: sessions run as users of their own.
  await mkdir(folder, { recursive: true });
  return folder;
}

function folderOf({ organisationId, projectId, environmentId }: ManifestPlace): string {
  for (const id of [organisationId, projectId, environmentId]) if (!isId(id)) throw new Error("Not an id.");
  return join(config().dataFolder, "production", organisationId, projectId, environmentId);
}

/**
 * Keeps a manifest.json as the production state of an environment, in the place of an earlier one. Those who may push to the
 * remote repository may: what they keep is what everyone else's Defer reads.
 * @throws FORBIDDEN, NOT_FOUND, INVALID_INPUT, LIMIT_REACHED
 */
export async function keepManifest(
  actor: Actor,
  environmentId: string,
  { bytes, source }: { bytes: ReadableStream<Uint8Array>; source: ProductionManifest["source"] },
): Promise<ProductionManifest> {
  requirePermission(actor, "git.push");
  const environment = await environmentForActor(actor, environmentId);
  const project = await projectForActor(actor, environment.projectId);
  const place = { organisationId: actor.organisationId, projectId: environment.projectId, environmentId };
  const folder = await manifestFolder(place);
  const fresh = join(folder, `.${randomUUID()}.json`);
  try {
    const received = await receive(bytes, fresh);
    const { generatedAt, ...facts } = await readManifest(fresh);
    const keptBy = source === "job" ? null : actor.userId;
    const values = { ...facts, ...received, generatedAt: generatedAt === null ? null : new Date(generatedAt), source };
    await withTransaction(async (transaction) => {
      const { productionManifests } = schema;
      const row = { ...values, keptBy, keptAt: new Date() };
      await transaction
        .insert(productionManifests)
        .values({ ...place, ...row })
        .onConflictDoUpdate({ target: productionManifests.environmentId, set: row });
      const details = { ...facts, ...received, generatedAt, source, environmentId };
      await audit(actor, "manifest.kept", `${project.name} / ${environment.name}`, details, transaction);
      // Last: a manifest that is not written down is not deferred to.
      await rename(fresh, join(folder, fileName));
    });
  } finally {
    await rm(fresh, { force: true });
  }
  const kept = await productionManifest(actor, environmentId);
  if (kept === null) throw new AppError("NOT_FOUND", "The environment was removed meanwhile.");
  return kept;
}

/** What is known of an environment's production manifest, or null when none is kept. @throws FORBIDDEN, NOT_FOUND */
export async function productionManifest(actor: Actor, environmentId: string): Promise<ProductionManifest | null> {
  await environmentForActor(actor, environmentId);
  const { productionManifests, users } = schema;
  const [row] = await database()
    .select({ manifest: productionManifests, keptBy: users.name })
    .from(productionManifests)
    .leftJoin(users, eq(users.id, productionManifests.keptBy))
    .where(
      and(
        eq(productionManifests.environmentId, environmentId),
        eq(productionManifests.organisationId, actor.organisationId),
      ),
    );
  if (row === undefined) return null;
  const { organisationId: _organisation, projectId: _project, generatedAt, keptAt, ...manifest } = row.manifest;
  return {
    ...manifest,
    generatedAt: generatedAt?.toISOString() ?? null,
    keptAt: keptAt.toISOString(),
    keptBy: row.keptBy,
  };
}

/** The file that a session of this environment defers to. @throws FORBIDDEN, NOT_FOUND when none is kept */
export async function manifestFile(actor: Actor, environmentId: string): Promise<string> {
  const { projectId } = await environmentForActor(actor, environmentId);
  if ((await productionManifest(actor, environmentId)) === null) {
    throw new AppError("NOT_FOUND", "There is no production manifest for this environment.", {
      hint: "Upload the manifest.json of a production run.",
    });
  }
  return join(folderOf({ organisationId: actor.organisationId, projectId, environmentId }), fileName);
}

/** Forgets an environment's production manifest; sessions that defer to it say so. @throws FORBIDDEN, NOT_FOUND */
export async function removeManifest(actor: Actor, environmentId: string): Promise<void> {
  requirePermission(actor, "git.push");
  const environment = await environmentForActor(actor, environmentId);
  const project = await projectForActor(actor, environment.projectId);
  const before = await productionManifest(actor, environmentId);
  if (before === null) throw new AppError("NOT_FOUND", "There is no production manifest for this environment.");
  await withTransaction(async (transaction) => {
    const { productionManifests } = schema;
    await transaction
      .delete(productionManifests)
      .where(
        and(
          eq(productionManifests.environmentId, environmentId),
          eq(productionManifests.organisationId, actor.organisationId),
        ),
      );
    await audit(actor, "manifest.removed", `${project.name} / ${environment.name}`, { before }, transaction);
  });
  const place = { organisationId: actor.organisationId, projectId: environment.projectId, environmentId };
  await rm(join(folderOf(place), fileName), { force: true });
}

/** Writes what arrives, as long as it is not too much, and says how much it was. */
async function receive(bytes: ReadableStream<Uint8Array>, path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let count = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      count += chunk.byteLength;
      hash.update(chunk);
      if (count <= maxManifestBytes) return done(null, chunk);
      const megabytes = maxManifestBytes / 1024 / 1024;
      done(
        new AppError("LIMIT_REACHED", `The manifest has more than ${megabytes} MB.`, {
          hint: "Upload target/manifest.json, not an archive of it.",
        }),
      );
    },
  });
  await pipeline(Readable.fromWeb(bytes as never), counted, createWriteStream(path, { flags: "wx" }));
  if (count === 0) throw new AppError("INVALID_INPUT", "The file is empty.");
  return { bytes: count, sha256: hash.digest("hex") };
}
