import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import type { EngineProgress } from "../contract/engines";
import type { Actor } from "../core";
import { database, schema } from "../db";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { workerPackages } from "./catalogue";
import { addEngine, connectionForms, listEngines, removeEngine } from "./manage";

/** Stands in for Python, as in scripts/lib/engines.test.mjs: everything of the way from the console to the files is real. */
const stub = (folder: string) => `#!/bin/sh
case "$*" in
  "-c import sys"*) printf '%s\\n3.11.7\\n' "$0";;
  "-m venv "*) mkdir -p "$3/bin" "$3/lib/python3.11/site-packages" && cp "$0" "$3/bin/python";;
  "-m pip install --dry-run "*)
    [ -f "${folder}/resolve-says" ] && { cat "${folder}/resolve-says"; exit 1; }
    while [ "$1" != "--report" ]; do shift; done
    cp "${folder}/report.json" "$2";;
  "-m millrace_worker.adapters.describe "*) cat "${folder}/described.json";;
esac
`;

const folder = mkdtempSync(join(tmpdir(), "millrace-manage-"));
process.env.MILLRACE_ENGINES = join(folder, "engines");
process.env.MILLRACE_DATA = join(folder, "data");
process.env.MILLRACE_BASE_PYTHON = join(folder, "python3");
let admin: Actor;
let projectId: string;
useTestDatabase(async () => {
  const seeded = await seedTestOrganisations();
  projectId = seeded.projects["river/orders"] ?? "";
  admin = await actorOf("admin@river.example");
});
beforeEach(() => {
  const item = (name: string, version: string) => ({
    metadata: { name, version },
    download_info: { url: "https://registry.example/x", archive_info: { hashes: { sha256: "00" } } },
  });
  writeFileSync(join(folder, "python3"), stub(folder));
  chmodSync(join(folder, "python3"), 0o755);
  writeFileSync(
    join(folder, "report.json"),
    JSON.stringify({
      install: [
        item("dbt-core", "1.11.16"),
        item("dbt-trino", "1.11.0"),
        ...workerPackages.map((name) => item(name, "1.0")),
      ],
    }),
  );
  const recorded = readFileSync(join(import.meta.dirname, "recorded", "trino.json"), "utf8");
  writeFileSync(join(folder, "described.json"), `{"dbtVersion":"1.11.16","adapters":[${recorded}]}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const input = (name: string | null = null) => ({ package: "dbt-trino", dbt: null, name });

async function added(name: string | null = null): Promise<EngineProgress[]> {
  const heard: EngineProgress[] = [];
  for await (const event of addEngine(admin, input(name), new AbortController().signal)) heard.push(event);
  return heard;
}
const actions = async () =>
  (await database().select().from(schema.auditEvents)).map(({ action, subject, details }) => [
    action,
    subject,
    details.outcome,
  ]);

test("the console adds an engine, says how far it is, and offers its connection form at once", async () => {
  const joined: EngineProgress[] = [];
  const [heard] = await Promise.all([
    added(),
    (async () => {
      for await (const event of addEngine(admin, input(), new AbortController().signal)) joined.push(event);
    })(),
  ]);
  expect(heard.map(({ type }) => type)).toContain("progress");
  expect(heard.at(-1)).toEqual({ type: "done", name: "trino" });
  expect(joined).toEqual(heard);
  const engines = await listEngines(admin);
  expect(engines.find(({ name }) => name === "trino")).toMatchObject({
    ...{ state: "ready", dbtVersion: "1.11.16", environments: 0 },
    adapters: [{ adapter: "trino", label: "Trino / Starburst" }],
  });
  expect(connectionForms(admin).find(({ engine }) => engine === "trino")?.forms[0]?.label).toBe("Trino / Starburst");
  await vi.waitFor(async () => expect(await actions()).toEqual([["engine.added", "trino", "added"]]));
});

test("an engine that an environment uses stays; another one goes with its files", async () => {
  const { environments } = schema;
  const values = { target: "dev", schema: "public", settings: { host: "trino.example.com" } };
  await database()
    .insert(environments)
    .values({
      organisationId: admin.organisationId,
      projectId,
      name: "lake",
      engine: "trino",
      adapter: "trino",
      ...values,
    });
  await expect(removeEngine(admin, "trino")).rejects.toMatchObject({
    code: "CONFLICT",
    message: "An environment uses the engine trino.",
  });
  await database().update(environments).set({ engine: "default" });
  await removeEngine(admin, "trino");
  expect(existsSync(join(folder, "engines", "trino"))).toBe(false);
  await expect(removeEngine(admin, "default")).rejects.toMatchObject({ code: "CONFLICT" });
});

test("what goes wrong is told in plain words, and the same button finishes it", async () => {
  writeFileSync(join(folder, "resolve-says"), "ERROR: No matching distribution found for dbt-trino");
  const [last] = (await added("lake")).slice(-1);
  expect(last).toMatchObject({
    type: "failed",
    error: { code: "CONFLICT", message: expect.stringMatching(/dbt-trino/) },
  });
  rmSync(join(folder, "resolve-says"));
  expect((await added("lake")).at(-1)).toEqual({ type: "done", name: "lake" });
});

test("only who manages projects, and only adapters that are offered", async () => {
  const developer = await actorOf("developer@river.example");
  const signal = new AbortController().signal;
  await expect(addEngine(developer, input(), signal).next()).rejects.toMatchObject({ code: "FORBIDDEN" });
  const unknown = addEngine(admin, { ...input(), package: "dbt-unheard-of" }, signal).next();
  await expect(unknown).rejects.toMatchObject({ code: "INVALID_INPUT" });
});
