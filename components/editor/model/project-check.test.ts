import { expect, test } from "vitest";
import type { Diagnostics } from "@/server/contract";
import { BufferStore } from "./buffers";
import { lintConfiguration } from "./lint-configuration";
import { ProblemStore } from "./problems";
import { ProjectCheck } from "./project-check";

const place = { line: 1, column: 22, endLine: 1, endColumn: 28 };
const found = (paths: readonly string[]): Diagnostics => ({
  graphVersion: 1,
  pending: false,
  files: paths.map((path) => ({
    path,
    problems: [{ severity: "error", code: "missing-ref", message: `wrong in ${path}`, suggestions: ["x"], ...place }],
  })),
});
const models = Array.from({ length: 120 }, (_, number) => `models/m${number}.sql`);

function setUp(answer: (paths: string[]) => Promise<Diagnostics> | Diagnostics) {
  const buffers = new BufferStore();
  const problems = new ProblemStore();
  const asked: string[][] = [];
  const check = new ProjectCheck({
    ...{ buffers, problems },
    async ask(files) {
      asked.push(files.map(({ path }) => path));
      return answer(files.map(({ path }) => path));
    },
  });
  const stop = check.start();
  const wrong = () => problems.store.get().map(({ path }) => path);
  return { buffers, check, asked, wrong, stop };
}

test("the whole project is looked at in slices; open files are left out, and looked at when they are closed", async () => {
  const wrongOnes = new Set(["models/m3.sql", "models/m70.sql", "models/m7.sql"]);
  const { buffers, check, asked, wrong, stop } = setUp((paths) => found(paths.filter((path) => wrongOnes.has(path))));
  buffers.open({ path: "models/m7.sql", text: "select 1", version: "v", size: 8, reason: null });
  await check.check([...models, "seeds/a.csv", "README.md"]);
  expect(asked.map(({ length }) => length)).toEqual([49, 50, 20]);
  expect(check.state.get()).toEqual({ status: "done", done: 120, total: 120, outdated: false, message: null });
  expect(wrong()).toEqual(["models/m3.sql", "models/m70.sql"]);
  buffers.open({ path: "models/m3.sql", text: "select 1", version: "v", size: 8, reason: null });
  expect(wrong()).toEqual(["models/m70.sql"]);
  buffers.close("models/m7.sql");
  await expect.poll(wrong).toEqual(["models/m7.sql", "models/m70.sql"]);
  check.changed();
  expect(check.state.get().outdated).toBe(true);
  stop();
});

test("it can be stopped, and keeps what it found; a session that is away is told with its reason", async () => {
  const { check, asked, wrong } = setUp(async (paths) => {
    if (asked.length === 2) check.stop();
    return found([paths[0] ?? ""]);
  });
  await check.check(models);
  expect([asked.length, wrong(), check.state.get().status]).toEqual([2, ["models/m0.sql"], "stopped"]);

  const away = setUp(() => {
    throw new Error("The session is away.");
  });
  await away.check.check(models);
  expect(away.check.state.get()).toMatchObject({ status: "failed", done: 0, total: 120 });
  expect(away.check.state.get().message).not.toBeNull();
});

test("a configuration of SQLFluff names the adapter's dialect", async () => {
  expect(await lintConfiguration("spark")).toContain("[sqlfluff]\ndialect = sparksql\n");
  expect(await lintConfiguration("something new")).toContain("dialect = ansi\n");
});
