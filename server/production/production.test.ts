import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, AppError } from "../core";
import { database, schema } from "../db";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import {
  keepManifest,
  manifestFile,
  manifestFolder,
  productionManifest,
  removeLeftovers,
  removeManifest,
} from "./index";
import { maxManifestBytes } from "./manifests";

const folder = mkdtempSync(join(tmpdir(), "millrace-production-"));
let admin: Actor;
let developer: Actor;
let analyst: Actor;
let neighbour: Actor;
let environmentId: string;
let projectId: string;

useTestDatabase(async () => {
  process.env.MILLRACE_DATA = folder;
  const seeded = await seedTestOrganisations();
  [admin, developer, analyst, neighbour] = (await Promise.all(
    ["admin@river", "developer@river", "analyst@river", "admin@hill"].map((name) => actorOf(`${name}.example`)),
  )) as [Actor, Actor, Actor, Actor];
  projectId = seeded.projects["river/orders"] ?? "";
  const [row] = await database()
    .select({ id: schema.environments.id })
    .from(schema.environments)
    .where(and(eq(schema.environments.projectId, projectId), eq(schema.environments.name, "dev")));
  environmentId = row?.id ?? "";
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifest = (metadata: object = {}, more: object = {}) =>
  JSON.stringify({
    metadata: {
      dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json",
      dbt_version: "1.11.2",
      project_name: "orders",
      adapter_type: "duckdb",
      generated_at: "2026-11-20T10:00:00.123456Z",
      ...metadata,
    },
    nodes: { "model.orders.a": {}, "model.orders.b": {} },
    ...more,
  });
const bytesOf = (text: string) => new Blob([text]).stream();
const keep = (text: string, actor = developer) =>
  keepManifest(actor, environmentId, { bytes: bytesOf(text), source: "upload" });
const code = (work: Promise<unknown>) =>
  work.then(
    () => "answered",
    (error: unknown) => (error instanceof AppError ? `${error.code}: ${error.message}` : String(error)),
  );

describe("the production manifest of an environment", () => {
  let file: string;

  beforeAll(async () => {
    expect(await productionManifest(developer, environmentId)).toBeNull();
    await expect(manifestFile(developer, environmentId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await keep(manifest());
    file = await manifestFile(developer, environmentId);
  });

  test("is kept as it came, with what is known of it, and in the audit trail", async () => {
    expect(readFileSync(file, "utf8")).toBe(manifest());
    expect(file).toBe(join(folder, "production", developer.organisationId, projectId, environmentId, "manifest.json"));
    expect(await productionManifest(analyst, environmentId)).toEqual({
      environmentId,
      source: "upload",
      dbtProject: "orders",
      dbtVersion: "1.11.2",
      schemaVersion: 12,
      adapter: "duckdb",
      nodes: 2,
      bytes: manifest().length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      generatedAt: "2026-11-20T10:00:00.123Z",
      keptAt: expect.any(String),
      keptBy: developer.userName,
    });
    const events = await database()
      .select()
      .from(schema.auditEvents)
      .where(eq(schema.auditEvents.action, "manifest.kept"));
    expect(events.map(({ actorId, details }) => [actorId, details.nodes])).toContainEqual([developer.userId, 2]);
  });

  test.each([
    ["{", "INVALID_INPUT: The file is no valid JSON."],
    ["", "INVALID_INPUT: The file is empty."],
    ["[]", "INVALID_INPUT: The file is no dbt manifest: it has no metadata or no nodes."],
    ['{"metadata": {}, "nodes": {}}', "INVALID_INPUT: The file is no dbt manifest: it has no metadata or no nodes."],
    [
      manifest({ dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v3.json" }),
      "INVALID_INPUT: The manifest is of schema version 3; versions 4 to 12 can be used.",
    ],
    [
      manifest({ dbt_schema_version: "https://schemas.getdbt.com/dbt/run-results/v6.json" }),
      "INVALID_INPUT: The file is no dbt manifest: it has no metadata or no nodes.",
    ],
  ])("what cannot be deferred to is refused, and the one before stays: %.20s", async (text, refusal) => {
    expect(await code(keep(text))).toBe(refusal);
    expect(readFileSync(file, "utf8")).toBe(manifest());
  });

  test("more than the limit is refused while it arrives", async () => {
    const chunk = new Uint8Array(8 * 1024 * 1024).fill(32);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
    expect(await code(keepManifest(developer, environmentId, { bytes: endless, source: "upload" }))).toBe(
      "LIMIT_REACHED: The manifest has more than 256 MB.",
    );
    expect(sent).toBeLessThan(maxManifestBytes + 10 * chunk.byteLength);
  });

  test("those who may not push may not keep or remove one, and another organisation finds nothing", async () => {
    expect(await code(keep(manifest(), analyst))).toContain("FORBIDDEN");
    expect(await code(removeManifest(analyst, environmentId))).toContain("FORBIDDEN");
    for (const work of [
      () => keep(manifest(), neighbour),
      () => productionManifest(neighbour, environmentId),
      () => manifestFile(neighbour, environmentId),
      () => removeManifest(neighbour, environmentId),
    ])
      expect(await code(work())).toContain("NOT_FOUND");
  });

  test("is replaced by the next, which may be an older version", async () => {
    const version = "https://schemas.getdbt.com/dbt/manifest/v9.json";
    const older = manifest({ dbt_schema_version: version, project_name: null, generated_at: "yesterday" });
    expect(await keep(older, admin)).toMatchObject({ schemaVersion: 9, dbtProject: null, generatedAt: null });
    expect(readFileSync(file, "utf8")).toBe(older);
  });

  test("is removed, and what other environments left behind is tidied", async () => {
    await removeManifest(developer, environmentId);
    expect([existsSync(file), await productionManifest(developer, environmentId)]).toEqual([false, null]);
    expect(await code(removeManifest(developer, environmentId))).toContain("NOT_FOUND");
    const gone = await manifestFolder({
      organisationId: developer.organisationId,
      projectId,
      environmentId: crypto.randomUUID(),
    });
    mkdirSync(gone, { recursive: true });
    writeFileSync(join(gone, "manifest.json"), "{}");
    await keep(manifest());
    await removeLeftovers();
    expect([existsSync(gone), existsSync(file)]).toEqual([false, true]);
  });
});
