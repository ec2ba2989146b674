import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { SearchEvent, SearchFile, SearchQuery } from "../contract/search";
import type { Actor } from "../core";
import { cloneWorkspace, createProject, type WorkspacePlace, workspaceForActor } from "../projects";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { gitServerForTests } from "../testing/git";
import { search } from ".";

const server = gitServerForTests();
process.env.MILLRACE_DATA = join(server.folder, "data");
let dev: Actor;
let place: WorkspacePlace;

useTestDatabase(async () => {
  await seedTestOrganisations();
  dev = await actorOf("developer@river.example");
});
beforeAll(async () => {
  await server.add("searched", {
    "dbt_project.yml": "name: x\ntarget-path: 'out'\n",
    "models/a.sql": "select order_id,\n  customer_id\nfrom orders\n",
    "models/b.sql": "select 'naïve' as Order_Id -- order_id\r\nfrom {{ ref('a') }}\r\n",
    "models/long/c.sql": `select ${"a".repeat(40)}! from orders_total`,
    "dbt_packages/utils/m.sql": "select order_id",
    ".gitignore": "target/\nout/\n",
  });
  const admin = await actorOf("admin@river.example");
  const project = await createProject(admin, {
    ...{ name: "Searched", gitUrl: server.url("searched"), token: server.token, subfolder: "", defaultBranch: "main" },
  });
  for await (const step of cloneWorkspace(dev, project.id, new AbortController().signal)) {
    if (step.type === "done") place = await workspaceForActor(dev, step.workspaceId);
  }
  for (const folder of ["target/compiled", "out", ".git/extra", "elsewhere"])
    mkdirSync(join(place.projectRoot, folder), { recursive: true });
  for (const path of ["target/compiled/a.sql", "out/a.sql", ".git/extra/a.sql"])
    writeFileSync(join(place.projectRoot, path), "select order_id");
  writeFileSync(join(place.projectRoot, "elsewhere/binary.bin"), "order_id\0");
  symlinkSync("/etc", join(place.projectRoot, "linked"));
  symlinkSync("a.sql", join(place.projectRoot, "models/linked.sql"));
});

interface Options {
  unsaved?: { path: string; text: string }[];
  signal?: AbortSignal;
  limits?: { fileMilliseconds: number; milliseconds: number };
}
async function events(query: Partial<SearchQuery> & { text: string }, options: Options = {}): Promise<SearchEvent[]> {
  const whole = {
    ...{ regex: false, caseSensitive: false, wholeWord: false, include: "", exclude: "" },
    ...{ packages: false, replacement: null },
    ...query,
  };
  const all: SearchEvent[] = [];
  const input = { workspaceId: place.id, query: whole, unsaved: options.unsaved ?? [] };
  const { signal = new AbortController().signal, limits } = options;
  for await (const event of await search(dev, input, { signal, ...(limits ? { limits } : {}) })) all.push(event);
  return all;
}
async function find(query: Partial<SearchQuery> & { text: string }, options: Options = {}): Promise<SearchFile[]> {
  return (await events(query, options)).flatMap((event) => (event.type === "found" ? event.files : []));
}
const places = (files: readonly SearchFile[]) =>
  files
    .flatMap(({ path, matches }) => matches.map(({ line, column, text }) => `${path}:${line}:${column} ${text}`))
    .sort();

describe("what is found", () => {
  test("in files of the project only: not in .git, target, the project's own target path, links, binaries or packages", async () => {
    expect(places(await find({ text: "order_id" }))).toEqual([
      "models/a.sql:1:8 order_id",
      "models/b.sql:1:19 Order_Id",
      "models/b.sql:1:31 order_id",
    ]);
    expect(places(await find({ text: "order_id", packages: true, include: "dbt_packages" }))).toEqual([
      "dbt_packages/utils/m.sql:1:8 order_id",
    ]);
  });

  test.each<[name: string, query: Partial<SearchQuery> & { text: string }, expected: string[]]>([
    ["case", { text: "Order_Id", caseSensitive: true }, ["models/b.sql:1:19 Order_Id"]],
    ["whole words", { text: "orders", wholeWord: true }, ["models/a.sql:3:6 orders"]],
    ["characters that expressions use", { text: "{{ ref(" }, ["models/b.sql:2:6 {{ ref("]],
    ["letters beyond ASCII, in any case", { text: "NAÏVE" }, ["models/b.sql:1:9 naïve"]],
    [
      "an expression over lines",
      { text: "id\\s+from", regex: true },
      ["models/a.sql:2:12 id…", "models/b.sql:1:37 id…"],
    ],
    ["a file's name", { text: "from", include: "*.sql", exclude: "b.*, long" }, ["models/a.sql:3:1 from"]],
    ["a folder", { text: "select", include: "models/{long,short}/**" }, ["models/long/c.sql:1:1 select"]],
    ["needless escapes", { text: "\\'na.ve\\'", regex: true }, ["models/b.sql:1:8 'naïve'"]],
  ])("by %s", async (_name, query, expected) => {
    expect(places(await find(query))).toEqual(expected);
  });

  test("unsaved texts count instead of what is on disk, also those of files that are not there yet", async () => {
    const unsaved = [
      { path: "models/a.sql", text: "select 1" },
      { path: "models/new.sql", text: "select order_id" },
    ];
    expect(places(await find({ text: "order_id" }, { unsaved }))).toEqual([
      "models/b.sql:1:19 Order_Id",
      "models/b.sql:1:31 order_id",
      "models/new.sql:1:8 order_id",
    ]);
  });

  test("unsaved texts of generated files and of packages are left out as the files are", async () => {
    const unsaved = [
      "target/run/a.sql",
      "out/b.sql",
      ".git/config",
      "dbt_packages/utils/m.sql",
      "models/target.sql",
    ].map((path) => ({ path, text: "select unsaved_only" }));
    expect(places(await find({ text: "unsaved_only" }, { unsaved }))).toEqual(["models/target.sql:1:8 unsaved_only"]);
    expect(places(await find({ text: "unsaved_only", packages: true }, { unsaved }))).toEqual([
      "dbt_packages/utils/m.sql:1:8 unsaved_only",
      "models/target.sql:1:8 unsaved_only",
    ]);
  });

  test("a huge text file is left out and counted, a huge binary file only left out", async () => {
    const folder = join(place.projectRoot, "huge");
    mkdirSync(folder);
    writeFileSync(join(folder, "rows.csv"), "order_id\n".repeat(700_000));
    writeFileSync(join(folder, "rows.parquet"), Buffer.concat([Buffer.from("PAR1\0"), Buffer.alloc(6_000_000, "x")]));
    const all = await events({ text: "order_id", include: "huge" });
    rmSync(folder, { recursive: true });
    expect(all).toEqual([{ type: "done", searched: 1, tooLarge: 1, limited: false, milliseconds: expect.any(Number) }]);
  });

  test("with the line around, the offsets, and what would stand there instead", async () => {
    const [file] = await find({ text: "(\\w+)_id,\n", regex: true, replacement: "$1_key$$\\n", include: "a.sql" });
    expect(file).toMatchObject({ path: "models/a.sql", version: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(file?.matches).toEqual([
      {
        ...{ start: 7, end: 17, line: 1, column: 8, endLine: 2, endColumn: 1 },
        ...{ before: "select ", text: "order_id,…", after: "", replacement: "order_key$\n" },
      },
    ]);
  });
});

describe("what goes wrong", () => {
  test("an expression that is none is refused with the reason", async () => {
    expect((await events({ text: "(", regex: true })).at(-1)).toMatchObject({
      type: "failed",
      error: {
        code: "INVALID_INPUT",
        message: "This is not a regular expression.",
        hint: "Unterminated group.",
      },
    });
  });

  test("a glob that is none is refused with examples", async () => {
    expect((await events({ text: "order_id", include: "models/[z-a]*" })).at(-1)).toMatchObject({
      type: "failed",
      error: { code: "INVALID_INPUT", message: "The files to include or exclude are not named by a glob." },
    });
  });

  test("an expression that backtracks without end is ended, and the next search works", async () => {
    const limits = { fileMilliseconds: 400, milliseconds: 60_000 };
    expect((await events({ text: "(a+a+)+$", regex: true }, { limits })).at(-1)).toMatchObject({
      type: "failed",
      error: { code: "LIMIT_REACHED" },
    });
    expect(await find({ text: "orders_total" })).toHaveLength(1);
  });

  test("it ends when the person leaves, also in the middle of an endless expression, and when they search again", async () => {
    const leaving = new AbortController();
    const left = events({ text: "(a+a+)+$", regex: true }, { signal: leaving.signal });
    leaving.abort();
    expect((await left).at(-1)).toMatchObject({ type: "failed", error: { code: "CANCELLED" } });
    const first = events({ text: "(a+a+)+$", regex: true });
    const second = find({ text: "orders_total" });
    expect((await first).at(-1)).toMatchObject({ type: "failed", error: { code: "CANCELLED" } });
    expect(await second).toHaveLength(1);
  });
});
