import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "../support";
import { ask, call, sampleProject } from "../support/api";
import type { World } from "../support/world";

const forever = "select count(*) from range(100000000) as a (i), range(100000000) as b (j) where (a.i * b.j) % 7 = 1";

test.describe("in a shared organisation", () => {
  test.use({ company: "together" });

  test("a preview that the database refuses, or that a person ends, says so", async ({
    page,
    signInAs,
    openSample,
  }) => {
    await signInAs(page, "developer");
    const ide = await openSample(page);

    await test.step("a query that the database refuses is shown at its line", async () => {
      await ide.previewSql("select\n  1 as fine,\n  no_such_column\nfrom {{ ref('dim_stores') }}");
      const alert = ide.results.getByRole("alert");
      await expect(alert).toContainText("no_such_column");
      await alert.getByRole("button", { name: /weekly_trading_review\.sql:3/ }).click();
      await expect(page.getByRole("button", { name: /^Ln 3,/ })).toBeVisible();
      await ide.openPanel("History");
      await expect(page.getByRole("row").filter({ hasText: "Failed" })).toBeVisible();
    });

    await test.step("a running preview is cancelled by its button and by Escape, and another can start", async () => {
      await ide.previewSql(forever);
      await ide.results.getByRole("button", { name: "Cancel" }).click();
      await expect(ide.status).toContainText("cancelled");
      await ide.preview();
      await expect(ide.status).toContainText("streaming");
      await ide.results.getByRole("button", { name: "Cancel" }).focus();
      await page.keyboard.press("Escape");
      await expect(ide.status).toContainText("cancelled");
      await ide.previewSql("select 'next' as word");
      await expect(ide.cell(0, 0)).toHaveText("next");
    });
  });
});

test("a query that never ends is stopped at the limit of seconds", async ({
  page,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  const admin = await anotherBrowser("admin");
  const { organisation } = await ask<{ organisation: { id: string } }>(admin, "me.get");
  const rule = {
    scope: "organisation",
    scopeId: organisation.id,
    preview: true,
    export: true,
    maxRows: null,
    maxBytes: null,
    maxSeconds: 2,
    reason: "",
  };
  expect((await call(admin, "admin.policies.set", rule)).error).toBeNull();
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.previewSql(forever);
  await expect(ide.results).toContainText(/2 seconds|time limit/i);
  await expect(ide.results.getByRole("button", { name: "Cancel" })).toBeHidden();
});

test("a warehouse file that a writer holds is said so, and works when the writer is gone", async ({
  page,
  world,
  organisation,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  const file = join(world.dataFolder, "demo", "warehouse", `${organisation.slug}.duckdb`);
  const admin = await anotherBrowser("admin");
  const { id, environments } = await sampleProject(admin);
  const environment = environments.find(({ adapter }) => adapter === "duckdb");
  const writer = await holdWarehouse(file);
  try {
    const saved = await call(admin, "environments.save", {
      projectId: id,
      ...environment,
      environmentId: environment?.id,
      settings: { path: file },
    });
    expect(saved.error).toBeNull();
    await signInAs(page, "developer");
    const ide = await openSample(page);
    await ide.previewSql("select * from held");
    await expect(ide.results.getByRole("alert")).toContainText(
      /another (process|program)|being written|locked|in use/i,
    );
    await ended(writer);
    await ide.results.getByRole("button", { name: "Run again" }).click();
    await expect(ide.cell(0, 0)).toHaveText("42");
  } finally {
    await ended(writer);
  }
});

test("a dbt session killed by hand is reported, and the next request has a fresh one", async ({
  page,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/staging/stg_stores.sql");
  await ide.setText("select 'before' as word");
  await ide.expectCompiled("select 'before' as word");
  const { userId } = await ask<{ userId: string }>(page, "me.get");
  for (const pid of sessionPids(world, userId)) process.kill(pid, "SIGKILL");
  await expect(page.getByRole("alert").filter({ hasText: "The dbt session was lost" })).toBeVisible();
  await ide.setText("select 'after' as word");
  await ide.expectCompiled("select 'after' as word");
  await ide.expectSession("ready");
});

/** A Python process that has the file open for writing. */
function holdWarehouse(file: string): Promise<ChildProcess> {
  const root = resolve(import.meta.dirname ?? ".", "..", "..");
  const python = join(resolve(root, process.env.MILLRACE_ENGINES ?? ".engines"), "default", "bin", "python");
  const script = `import duckdb, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("create table held as select 42 as answer")
connection.execute("checkpoint")
print("held", flush=True)
sys.stdin.read()`;
  const child = spawn(python, ["-c", script, file], { stdio: ["pipe", "pipe", "inherit"] });
  return new Promise((held, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The writer ended with ${code}.`)));
    child.stdout?.once("data", () => held(child));
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.removeAllListeners("exit");
    child.once("exit", () => done());
    child.stdin?.end();
  });
}

/** Processes of a person's sessions: the runner's log names their template, whose children they are. */
function sessionPids(world: World, userId: string): number[] {
  const lines = readFileSync(join(world.dataFolder, "logs", "runner.log"), "utf8").split("\n");
  const templates = new Set(
    lines.flatMap((line) => {
      const entry = line.startsWith("{") ? JSON.parse(line) : {};
      return entry.event === "session" && entry.user === userId ? [Number(entry.template)] : [];
    }),
  );
  const pids = [...templates].flatMap((pid) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).filter(Boolean).map(Number),
  );
  if (pids.length === 0) throw new Error("No session process was found.");
  return pids;
}
