import { beforeAll, describe, expect, test, vi } from "vitest";
import type { WorkspaceEvent } from "../contract/dbt";
import { workspaceEvents } from "../sessions";
import { useDbtWorld } from "../testing/dbt-world";
import { applyOverlay } from "./engine";
import { columnLineage, diagnostics, modelColumns, selectNodes } from "./lineage";

const world = useDbtWorld();

describe("lineage and problems over a real session", () => {
  let place: { workspaceId: string; environmentId: string };

  beforeAll(async () => {
    place = { workspaceId: (await world.workspaceOf(world.developer)).id, environmentId: world.duckdb };
  });

  const edgesOf = async (uniqueId: string, column: string) => {
    const input = { ...place, uniqueId, column, upstream: true, downstream: true, limit: 100 };
    const found = await columnLineage(world.developer, input);
    return found.edges.map(({ source, target, kind }) => `${source.column} ${kind} ${target.column}`);
  };

  test("a column is followed through the project, unsaved text included, and its browser hears when it is known", async () => {
    expect(await edgesOf("model.orders.doubled", "twice")).toEqual(["id transformed twice", "id passed id"]);
    const told: WorkspaceEvent[] = [];
    const stop = new AbortController();
    const listening = (async () => {
      for await (const event of workspaceEvents(world.developer, place, stop.signal)) told.push(event);
    })();
    const text = "select id as renamed, name from {{ ref('numbers') }}\n";
    await applyOverlay(world.developer, place, [{ path: "models/doubled.sql", text, deleted: false, version: 1 }]);
    await vi.waitFor(() => expect(told.map(({ type }) => type)).toContain("lineage"), { timeout: 20_000 });
    expect(await edgesOf("model.orders.numbers", "id")).toContain("id renamed renamed");
    const known = await modelColumns(world.developer, { ...place, uniqueIds: ["model.orders.doubled"] });
    expect(known.nodes[0]).toMatchObject({ complete: true, columns: [{ name: "renamed" }, { name: "name" }] });
    stop.abort();
    await listening;
  });

  test("dbt's selector chooses, and its complaint comes back", async () => {
    const chosen = await selectNodes(world.developer, { ...place, select: "numbers+", exclude: "" });
    expect(chosen.uniqueIds).toEqual(["model.orders.doubled", "model.orders.numbers"]);
    await expect(selectNodes(world.developer, { ...place, select: "no:such", exclude: "" })).rejects.toMatchObject({
      code: "DBT_ERROR",
    });
  });

  test("problems of unsaved text come with their place and what was meant; a reader's text does not count", async () => {
    const text = "select twise from {{ ref('doubld') }}\nunion all select idd from {{ ref('numbers') }}\n";
    const files = [{ path: "models/new.sql", text, version: 1 }];
    const found = await diagnostics(world.developer, { ...place, files });
    expect(found.files[0]?.problems).toEqual([
      expect.objectContaining({ code: "missing-ref", line: 1, column: 27, endColumn: 33, suggestions: ["doubled"] }),
    ]);
    const ours = { workspaceId: (await world.workspaceOf(world.reader)).id, environmentId: world.duckdb };
    expect((await diagnostics(world.reader, { ...ours, files })).files[0]?.problems).toEqual([]);
  });
});
