import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PreviewInput } from "../contract/dbt";
import type { Actor } from "../core";
import { keepManifest, removeManifest } from "../production";
import { sessionFor, startPreview } from "../sessions";
import { useDbtWorld } from "../testing/dbt-world";
import { readRows } from "../testing/rows";
import { enginePython } from "../testing/runner";
import { deferState, setDefer } from "./defer";
import { compile, endOwnSession } from "./engine";

const world = useDbtWorld();

/** The manifest of a production run of the workspace's project, made by dbt itself. */
function productionManifestOf(root: string, warehouseFile: string): string {
  const folder = join(dirname(warehouseFile), "production-run");
  mkdirSync(folder);
  const output = { type: "duckdb", path: warehouseFile, schema: "production" };
  writeFileSync(join(folder, "profiles.yml"), JSON.stringify({ orders: { target: "dev", outputs: { dev: output } } }));
  const dbt = ["-c", "from dbt.cli.main import cli; cli()", "--no-send-anonymous-usage-stats", "parse"];
  const places = ["--profiles-dir", folder, "--target-path", folder, "--log-path", folder, "--project-dir", root];
  execFileSync(enginePython(), [...dbt, ...places], { stdio: "pipe" });
  return readFileSync(join(folder, "manifest.json"), "utf8");
}

describe("deferral over a real session", () => {
  let place: { workspaceId: string; environmentId: string };
  let root: string;
  let manifest: string;
  let version = 0;
  const model = "models/fresh.sql";

  beforeAll(async () => {
    const workspace = await world.workspaceOf(world.developer);
    ({ root } = workspace);
    place = { workspaceId: workspace.id, environmentId: world.duckdb };
    writeFileSync(join(root, "models/never_built.sql"), "select 1 as id\n");
    writeFileSync(join(root, model), "select * from {{ ref('never_built') }} join {{ ref('numbers') }} using (id)\n");
    manifest = productionManifestOf(root, world.warehouseFile);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const compiled = (actor: Actor = world.developer) =>
    compile(actor, { ...place, path: model, text: null, sql: null, version: version++ });
  const keep = (text: string) =>
    keepManifest(world.developer, world.duckdb, { bytes: new Blob([text]).stream(), source: "upload" });
  const own = '"warehouse"."main"."never_built" join "warehouse"."main"."numbers"';

  test("without a manifest it cannot be switched on, and says why", async () => {
    expect(await deferState(world.developer, place)).toEqual({ mode: "off", manifest: null });
    await expect(setDefer(world.developer, place, "on")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "There is no production manifest for this environment.",
    });
    expect((await compiled()).sql).toContain(own);
  });

  test("off, on and favor-state change what compiles, at once", async () => {
    await keep(manifest);
    const { mode, nodes } = await setDefer(world.developer, place, "on");
    expect({ mode, nodes }).toEqual({ mode: "on", nodes: 5 });
    const deferred = await compiled();
    // whether a relation exists is asked of the warehouse, in a process of its own
    expect(deferred).toMatchObject({ introspective: true, error: null });
    expect(deferred.sql).toContain('"production"."never_built" join "warehouse"."main"."numbers"');
    await setDefer(world.developer, place, "favorState");
    const favored = await compiled();
    expect(favored).toMatchObject({ introspective: false });
    expect(favored.sql).toContain('"production"."never_built" join "warehouse"."production"."numbers"');
    expect((await deferState(world.developer, place)).mode).toBe("favorState");
    await setDefer(world.developer, place, "off");
    expect((await compiled()).sql).toContain(own);
  });

  test("a preview reads what the compiled pane shows", async () => {
    const preview = async () => {
      const input: PreviewInput = {
        ...{ ...place, path: model, text: null, sql: null, what: null },
        ...{ rows: 10, queryId: randomUUID() },
      };
      const { stream } = await startPreview(world.developer, input, new AbortController().signal);
      return (await readRows(stream)).tail?.error?.message;
    };
    expect(await preview()).toMatch(/^never_built has not been built in this target/);
    await setDefer(world.developer, place, "favorState");
    expect(await preview()).toBe(
      "never_built is deferred to production, whose relation does not exist for this connection.",
    );
  });

  test("the session that replaces a lost one defers too; a manifest that is gone is told with each compile", async () => {
    await endOwnSession(world.developer, place);
    expect((await compiled()).sql).toContain('"production"."never_built"');
    await removeManifest(world.developer, world.duckdb);
    expect((await compiled()).error).toMatchObject({
      code: "NOT_FOUND",
      message: "There is no production manifest for this environment.",
    });
    await setDefer(world.developer, place, "off");
    expect((await compiled()).sql).toContain(own);
  });

  test("a manifest of another project is refused by the session, which goes on as before", async () => {
    await keep(manifest.replaceAll('"project_name": "orders"', '"project_name": "shop"'));
    await expect(setDefer(world.developer, place, "on")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "The production manifest is of the dbt project shop, not of orders.",
    });
    expect((await deferState(world.developer, place)).mode).toBe("off");
    expect((await compiled()).sql).toContain(own);
  });

  test("nobody else's session, and nobody of another organisation", async () => {
    await keep(manifest);
    for (const actor of [world.stranger, world.admin, world.reader]) {
      await expect(setDefer(actor, place, "favorState")).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(deferState(actor, place)).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
    expect((await sessionFor(world.developer, place)).deferMode).toBe("off");
  });
});
