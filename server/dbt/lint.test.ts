import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { startPreview } from "../sessions";
import { useDbtWorld } from "../testing/dbt-world";
import { format, lint } from "./lint";

const world = useDbtWorld();

describe("checks in a real, locked-down session", () => {
  let place: { workspaceId: string; environmentId: string };
  let root: string;
  const path = "models/doubled.sql";
  const text = "SELECT id*2 as twice from {{ ref('numbers') }}\n";

  beforeAll(async () => {
    const workspace = await world.workspaceOf(world.developer);
    root = workspace.root;
    place = { workspaceId: workspace.id, environmentId: world.duckdb };
  });
  const settings = ".sqlfluff";

  test("SQLFluff says what the project's configuration asks for, of unsaved text, and nothing without one", async () => {
    const input = { ...place, path, text, version: 1 };
    expect(await lint(world.developer, input)).toEqual({ version: 1, configured: false, problems: [] });
    writeFileSync(join(root, settings), "[sqlfluff]\nrules = CP01, LT01\n");
    const result = await lint(world.developer, { ...input, version: 2 });
    expect(result.problems.map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual([
      "LT01 1:10",
      "LT01 1:11",
      "CP01 1:13",
      "CP01 1:22",
    ]);
  });

  test("the project's formatter writes the file; a reader may not ask for it", async () => {
    const input = { ...place, path, text, version: 3 };
    expect(await format(world.developer, input)).toMatchObject({
      formatter: "sqlfluff",
      text: "SELECT id * 2 AS twice FROM {{ ref('numbers') }}\n",
    });
    rmSync(join(root, settings));
    expect(await format(world.developer, input)).toMatchObject({
      formatter: "sqlfmt",
      text: "select id * 2 as twice from {{ ref('numbers') }}\n",
    });
    await expect(format(world.reader, input)).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("a newer text takes the place of a check that still runs", async () => {
    writeFileSync(join(root, settings), "[sqlfluff]\n");
    const long = `select\n${Array.from({ length: 400 }, (_, index) => `    a.b${index}+1 as c${index},`).join("\n")}\n    1 as d\nfrom a\n`;
    const first = lint(world.developer, { ...place, path, text: long, version: 4 }).then(
      () => "answered",
      (error: { code: string }) => error.code,
    );
    const second = await lint(world.developer, { ...place, path, text, version: 5 });
    expect(second.version).toBe(5);
    expect(["CANCELLED", "answered"]).toContain(await first);
  });

  test("the warehouse's names come through a preview", async () => {
    const what = { kind: "catalog" } as const;
    const input = { ...place, path: null, text: null, sql: null, what, rows: 100, queryId: crypto.randomUUID() };
    const { stream } = await startPreview(world.developer, input, new AbortController().signal);
    const bytes = Buffer.from(await new Response(stream).arrayBuffer());
    expect(bytes.includes("numbers")).toBe(true);
  });
});
