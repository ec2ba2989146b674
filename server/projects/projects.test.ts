import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { desc, eq } from "drizzle-orm";
import { describe, expect, onTestFinished, test } from "vitest";
import { appRouter } from "../api/root";
import { createCallerFactory } from "../api/trpc";
import type { Permission } from "../contract/people";
import { type GitProgress, gitProgressSchema, type Project } from "../contract/projects";
import { type Actor, config, events } from "../core";
import { database, schema } from "../db";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { gitServerForTests } from "../testing/git";
import * as projects from ".";
import { cloneJobs } from "./clone-jobs";

const server = gitServerForTests();
process.env.MILLRACE_DATA = join(server.folder, "data");
process.env.MILLRACE_WAREHOUSE_DIRS = "/srv/warehouses";
let ada: Actor;
let dev: Actor;
let reader: Actor;
let stranger: Actor;
useTestDatabase(async () => {
  await seedTestOrganisations();
  ada = await actorOf("admin@river.example");
  dev = await actorOf("developer@river.example");
  reader = await actorOf("reader@river.example");
  stranger = await actorOf("admin@hill.example");
});

const files = { "dbt_project.yml": "name: x\n", "models/a.sql": "select 1\n" };
const form = (name: string, changes: Partial<Parameters<typeof projects.createProject>[1]> = {}) => ({
  name,
  gitUrl: server.url(name),
  token: server.token,
  subfolder: "",
  defaultBranch: "main",
  ...changes,
});
async function newProject(name: string): Promise<Project> {
  await server.add(name, files);
  return projects.createProject(ada, form(name));
}
async function all(steps: AsyncIterable<GitProgress>): Promise<GitProgress[]> {
  const seen: GitProgress[] = [];
  for await (const step of steps) seen.push(step);
  return seen;
}
const never = () => new AbortController().signal;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "allowed",
    (error) => String(error.code),
  );
async function lastAudit(action: string): Promise<typeof schema.auditEvents.$inferSelect | undefined> {
  const table = schema.auditEvents;
  const [row] = await database().select().from(table).where(eq(table.action, action)).orderBy(desc(table.id)).limit(1);
  return row;
}
const tree = (place: string) => (existsSync(place) ? readdirSync(place) : []);

describe("projects", () => {
  test("creating asks the remote first, seals the token, makes a unique slug, and is audited without it", async () => {
    const name = "slugs";
    await server.add(name, files);
    await expect(projects.createProject(ada, form("nothing-here"))).rejects.toMatchObject({ code: "GIT_ERROR" });
    await expect(projects.createProject(ada, form(name, { token: "wrong" }))).rejects.toMatchObject({
      code: "GIT_ERROR",
    });
    await expect(projects.createProject(ada, form(name, { defaultBranch: "trunk" }))).rejects.toMatchObject({
      code: "INVALID_INPUT",
      details: { branches: ["main"] },
    });
    await expect(projects.createProject(ada, form(name, { subfolder: "../up" }))).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    await expect(
      projects.createProject(ada, form(name, { gitUrl: "https://169.254.169.254/x.git" })),
    ).rejects.toMatchObject({ code: "INVALID_INPUT" });
    const first = await projects.createProject(ada, form(name, { name: "Ümläut Shop!" }));
    const second = await projects.createProject(ada, form(name, { name: "Ümläut Shop!" }));
    expect([first.slug, second.slug]).toEqual(["umlaut-shop", "umlaut-shop-2"]);
    expect(first).toMatchObject({ hasToken: true, workspace: null, environments: [] });
    const [row] = await database().select().from(schema.projects).where(eq(schema.projects.id, first.id));
    expect(row?.gitToken?.includes(server.token)).toBe(false);
    expect((await projects.remoteOf(dev, first.id)).remote.token).toBe(server.token);
    expect(JSON.stringify((await lastAudit("project.created"))?.details)).not.toContain(server.token);
  });

  test("a token is never sent to another server than the one it was given for", async () => {
    const project = await newProject("moving");
    const elsewhere = server.url("moving").replace("127.0.0.1", "localhost");
    await expect(projects.updateProject(ada, { projectId: project.id, gitUrl: elsewhere })).rejects.toMatchObject({
      message: expect.stringContaining("asks for an access token"),
    });
    await expect(
      projects.checkRemote(ada, { gitUrl: elsewhere, token: null, projectId: project.id }),
    ).rejects.toMatchObject({ message: expect.stringContaining("asks for an access token") });
    expect(
      await projects.checkRemote(ada, { gitUrl: server.url("moving"), token: null, projectId: project.id }),
    ).toEqual({ branches: ["main"] });
    const renamed = await projects.updateProject(ada, { projectId: project.id, name: "Moved" });
    expect(renamed).toMatchObject({ name: "Moved", slug: project.slug, hasToken: true });
    expect((await lastAudit("project.changed"))?.details).toMatchObject({
      before: { name: "moving" },
      after: { name: "Moved" },
    });
  });

  test("removing takes the files, the mirror and the rows along", async () => {
    const project = await newProject("leaving");
    await all(projects.cloneWorkspace(dev, project.id, never()));
    const heard: string[] = [];
    onTestFinished(events.on("projectRemoved", ({ projectId }) => heard.push(projectId)));
    await projects.removeProject(ada, { projectId: project.id });
    expect(heard).toEqual([project.id]);
    expect(tree(join(config().dataFolder, "workspaces", ada.organisationId))).not.toContain(project.id);
    expect(tree(join(config().dataFolder, "mirrors", ada.organisationId))).not.toContain(`${project.id}.git`);
    expect(await codeOf(projects.getProject(dev, { projectId: project.id }))).toBe("NOT_FOUND");
  });
});

describe("environments", () => {
  const postgres = {
    environmentId: null,
    name: "warehouse",
    adapter: "postgres" as const,
    target: "dev",
    schema: "public",
    settings: { host: "db.river.example", port: 5432, dbname: "shop", user: "reader" },
    secrets: { password: "a secret password" },
    threads: 4,
    isDefault: false,
  };
  const duckdb = {
    ...postgres,
    name: "duck",
    adapter: "duckdb" as const,
    secrets: {},
    settings: { path: "/srv/warehouses/shop.duckdb" },
  };

  test("secrets go in and never come out; a new server forgets them; the first one is the default", async () => {
    const { id: projectId } = await newProject("shop-env");
    const saved = await projects.saveEnvironment(ada, { ...postgres, projectId });
    expect(saved).toMatchObject({ secretNames: ["password"], isDefault: true, settings: { sslmode: "prefer" } });
    expect(JSON.stringify(await projects.getProject(dev, { projectId }))).not.toContain("a secret password");
    expect(JSON.stringify((await lastAudit("environment.saved"))?.details)).not.toContain("a secret password");
    expect(await projects.environmentSecrets(dev, saved.id)).toEqual({ password: "a secret password" });
    const kept = await projects.saveEnvironment(ada, {
      ...postgres,
      projectId,
      environmentId: saved.id,
      threads: 2,
      vars: { days: 7, names: ["a", null] },
      secrets: {},
    });
    expect(kept).toMatchObject({
      id: saved.id,
      threads: 2,
      vars: { days: 7, names: ["a", null] },
      secretNames: ["password"],
      isDefault: true,
    });
    const moved = { ...postgres.settings, host: "elsewhere.example" };
    const sent = await projects.saveEnvironment(ada, {
      ...postgres,
      projectId,
      environmentId: saved.id,
      settings: moved,
      secrets: {},
    });
    expect(sent.secretNames).toEqual([]);
    const duck = await projects.saveEnvironment(ada, { ...duckdb, projectId, isDefault: true });
    const { environments } = await projects.getProject(ada, { projectId });
    expect(environments.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ["duck", true],
      ["warehouse", false],
    ]);
    await expect(projects.saveEnvironment(ada, { ...duckdb, projectId })).rejects.toMatchObject({ code: "CONFLICT" });
    await projects.removeEnvironment(ada, { environmentId: duck.id });
    expect((await projects.getProject(ada, { projectId })).environments).toMatchObject([
      { name: "warehouse", isDefault: true },
    ]);
  });

  test.each([
    ["/etc/passwd"],
    ["warehouses/shop.duckdb"],
    ["/srv/warehouses/../../etc/shadow"],
    ["/srv/warehouses"],
    ["/srv/warehouses2/x"],
    ["md:shop"],
    [":memory:"],
    ["s3://b/x"],
  ])("a DuckDB file at %s is refused", async (path) => {
    const [row] = await database()
      .select()
      .from(schema.projects)
      .where(eq(schema.projects.organisationId, ada.organisationId));
    const attempt = projects.saveEnvironment(ada, { ...duckdb, projectId: row?.id ?? "", settings: { path } });
    await expect(attempt).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  test("settings and secrets that the adapter does not have are refused", async () => {
    const [row] = await database()
      .select()
      .from(schema.projects)
      .where(eq(schema.projects.organisationId, ada.organisationId));
    const projectId = row?.id ?? "";
    for (const change of [
      { settings: { ...postgres.settings, sslrootcert: "/etc/passwd" } },
      { settings: { host: "db", dbname: "x" } },
      { settings: { ...postgres.settings, host: "db/../x" } },
      { settings: { ...postgres.settings, port: 70_000 } },
      { secrets: { token: "x" } },
    ] as Partial<typeof postgres>[]) {
      expect(await codeOf(projects.saveEnvironment(ada, { ...postgres, name: "odd", projectId, ...change }))).toBe(
        "INVALID_INPUT",
      );
    }
  });
});

describe("workspaces", () => {
  test("a clone says how far it is and ends ready; asked again it is done at once; two watchers share one clone", async () => {
    const project = await newProject("progress");
    expect(await projects.openWorkspace(dev, { projectId: project.id })).toBeNull();
    const [steps, others] = await Promise.all([
      all(projects.cloneWorkspace(dev, project.id, never())),
      all(projects.cloneWorkspace(dev, project.id, never())),
    ]);
    const workspace = await projects.openWorkspace(dev, { projectId: project.id });
    expect(workspace).toMatchObject({ state: "ready", branch: "main", problem: null });
    expect(steps.map(({ type }) => type)).toContain("progress");
    expect(steps.flatMap((step) => (step.type === "progress" ? [step.phase] : []))).toContain("Writing files");
    const done = { type: "done", workspaceId: workspace?.id, problem: null };
    expect([steps.at(-1), others.at(-1)]).toEqual([done, done]);
    expect(await all(projects.cloneWorkspace(dev, project.id, never()))).toEqual([done]);
  });

  test("a clone that its only watcher leaves is cancelled and leaves nothing; the next one works", async () => {
    const project = await newProject("cancelled");
    const abort = new AbortController();
    for await (const step of projects.cloneWorkspace(dev, project.id, abort.signal))
      if (step.type === "progress") abort.abort();
    expect(await projects.openWorkspace(dev, { projectId: project.id })).toBeNull();
    expect(tree(join(config().dataFolder, "workspaces", dev.organisationId, project.id))).toEqual([]);
    expect((await all(projects.cloneWorkspace(dev, project.id, never()))).at(-1)).toMatchObject({ type: "done" });
  });

  test("who cancels and tries again at once gets a clone of their own, not the end of the cancelled one", async () => {
    const project = await newProject("again");
    const abort = new AbortController();
    const first = all(projects.cloneWorkspace(dev, project.id, abort.signal));
    const job = () => [...cloneJobs().values()].find(({ projectId }) => projectId === project.id);
    await expect.poll(job, { interval: 1 }).toBeDefined();
    const cancelled = new Promise((resolve) => job()?.abort.signal.addEventListener("abort", resolve));
    let second: Promise<GitProgress[]> = Promise.resolve([]);
    // The cancelled one cannot end before its row is free.
    await database().transaction(async (holding) => {
      await holding.select().from(schema.workspaces).where(eq(schema.workspaces.projectId, project.id)).for("update");
      abort.abort();
      await cancelled;
      second = all(projects.cloneWorkspace(dev, project.id, never()));
      for (let look = 0; look < 5; look += 1) await projects.openWorkspace(dev, { projectId: project.id });
    });
    expect((await second).at(-1)).toMatchObject({ type: "done" });
    expect((await first).some(({ type }) => type === "failed")).toBe(false);
    expect(await projects.openWorkspace(dev, { projectId: project.id })).toMatchObject({ state: "ready" });
  });

  test("a clone that fails says why and can be tried again; one that Millrace lost by a restart too", async () => {
    const project = await newProject("retry");
    await database().update(schema.projects).set({ defaultBranch: "gone" }).where(eq(schema.projects.id, project.id));
    expect((await all(projects.cloneWorkspace(dev, project.id, never()))).at(-1)).toMatchObject({
      type: "failed",
      error: { code: "GIT_ERROR", message: expect.stringContaining("no branch named gone") },
    });
    expect(await projects.openWorkspace(dev, { projectId: project.id })).toMatchObject({ state: "failed" });
    await database()
      .update(schema.workspaces)
      .set({ state: "cloning" })
      .where(eq(schema.workspaces.projectId, project.id));
    expect(await projects.openWorkspace(dev, { projectId: project.id })).toMatchObject({ state: "failed" });
    await database().update(schema.projects).set({ defaultBranch: "main" }).where(eq(schema.projects.id, project.id));
    expect((await all(projects.cloneWorkspace(dev, project.id, never()))).at(-1)).toMatchObject({ type: "done" });
  });

  test("a repository that is no dbt project is cloned, and says so in plain words", async () => {
    await server.add("plain", { "README.md": "no dbt here\n" });
    const project = await projects.createProject(ada, form("plain"));
    const last = (await all(projects.cloneWorkspace(dev, project.id, never()))).at(-1);
    expect(last).toMatchObject({ type: "done", problem: expect.stringContaining("no dbt_project.yml") });
    expect(await projects.openWorkspace(dev, { projectId: project.id })).toMatchObject({
      state: "ready",
      problem: expect.stringContaining("no dbt project"),
    });
  });
});

describe("who may do what", () => {
  const environment = {
    name: "e",
    adapter: "duckdb",
    target: "t",
    schema: "s",
    settings: { path: "/srv/warehouses/x.duckdb" },
    environmentId: null,
  };
  const caller = createCallerFactory(appRouter);
  type Caller = ReturnType<typeof caller>;
  type Place = { projectId: string; environmentId: string; workspaceId: string };
  /** Every procedure of these routers, with the permission that it asks for. */
  const procedures: [string, Permission, (caller: Caller, place: Place) => Promise<unknown>][] = [
    ["projects.get", "project.read", (api, { projectId }) => api.projects.get({ projectId })],
    [
      "projects.update",
      "project.manage",
      (api, { projectId }) => api.projects.update({ projectId, name: "Taken over" }),
    ],
    [
      "projects.checkRemote",
      "project.manage",
      (api, { projectId }) => api.projects.checkRemote({ gitUrl: server.url("guarded"), projectId }),
    ],
    [
      "environments.save",
      "project.manage",
      (api, { projectId }) => api.environments.save({ ...environment, projectId } as never),
    ],
    [
      "environments.test",
      "project.manage",
      (api, { projectId }) => api.environments.test({ ...environment, projectId } as never),
    ],
    ["environments.remove", "project.manage", (api, { environmentId }) => api.environments.remove({ environmentId })],
    ["workspaces.open", "project.read", (api, { projectId }) => api.workspaces.open({ projectId })],
    ["workspaces.clone", "project.read", async (api, { projectId }) => all(await api.workspaces.clone({ projectId }))],
    ["files.tree", "project.read", (api, place) => api.files.tree(place)],
    ["files.read", "project.read", (api, place) => api.files.read({ ...place, path: "models/a.sql" })],
    [
      "files.save",
      "file.write",
      (api, place) => api.files.save({ ...place, path: "x.sql", text: "", baseVersion: null }),
    ],
    ["files.texts", "project.read", (api, place) => api.files.texts(place)],
    [
      "files.edit",
      "file.write",
      (api, place) =>
        api.files.edit({
          ...place,
          files: [{ path: "models/a.sql", version: "none", edits: [{ start: 0, end: 0, text: "" }] }],
        }),
    ],
    ["files.create", "file.write", (api, place) => api.files.create({ ...place, path: "x.sql", kind: "file" })],
    [
      "files.rename",
      "file.write",
      (api, place) => api.files.rename({ ...place, path: "models/a.sql", newPath: "y.sql" }),
    ],
    [
      "files.duplicate",
      "file.write",
      (api, place) => api.files.duplicate({ ...place, path: "models/a.sql", newPath: "z.sql" }),
    ],
    ["files.remove", "file.write", (api, place) => api.files.remove({ ...place, path: "models/a.sql" })],
    ["git.status", "project.read", (api, place) => api.git.status(place)],
    ["git.diff", "project.read", (api, place) => api.git.diff({ ...place, path: "models/a.sql" })],
    ["git.commit", "file.write", (api, place) => api.git.commit({ ...place, message: "m", paths: ["models/a.sql"] })],
    ["git.push", "git.push", async (api, place) => all(await api.git.push(place))],
    ["git.pull", "file.write", async (api, place) => all(await api.git.pull(place))],
    ["git.branches", "project.read", (api, place) => api.git.branches(place)],
    ["git.createBranch", "file.write", (api, place) => api.git.createBranch({ ...place, name: "b" })],
    ["git.switchBranch", "file.write", (api, place) => api.git.switchBranch({ ...place, name: "b" })],
    ["git.discard", "file.write", (api, place) => api.git.discard({ ...place, paths: ["models/a.sql"] })],
    ["workspaces.remove", "project.read", (api, place) => api.workspaces.remove(place)],
    ["projects.remove", "project.manage", (api, { projectId }) => api.projects.remove({ projectId })],
  ];
  const callerOf = (actor: Actor): Caller =>
    createCallerFactory(appRouter)({
      actor,
      requestId: "test",
      address: "127.0.0.1",
      responseHeaders: new Headers(),
    } as never);
  /** How a call ended: a subscription says it in its last event, everything else throws. */
  const refusal = (work: Promise<unknown>) =>
    work.then(
      (answer) => {
        const last: unknown = Array.isArray(answer) ? answer.at(-1) : null;
        return gitProgressSchema.safeParse(last).data?.type === "failed"
          ? (last as { error: { code: string } }).error.code
          : "allowed";
      },
      (error: { cause?: { code?: string } }) => error.cause?.code ?? "other",
    );

  test("every procedure refuses another organisation, another person's workspace and a role without its permission", async () => {
    const project = await newProject("guarded");
    const { id: environmentId } = await projects.saveEnvironment(ada, {
      ...environment,
      adapter: "duckdb",
      projectId: project.id,
      secrets: {},
      threads: 1,
      isDefault: true,
    });
    await all(projects.cloneWorkspace(dev, project.id, never()));
    const workspaceId = (await projects.openWorkspace(dev, { projectId: project.id }))?.id ?? "";
    const place = { projectId: project.id, environmentId, workspaceId };
    const routers = ["projects", "environments", "workspaces", "files", "git"];
    const names = Object.keys(appRouter._def.procedures).filter((name) => routers.includes(name.split(".")[0] ?? ""));
    const ofNoProject = ["projects.list", "projects.create", "environments.forms"];
    expect(names.filter((name) => !ofNoProject.includes(name)).sort()).toEqual(procedures.map(([name]) => name).sort());
    const results: Record<string, string[]> = {};
    for (const [name, permission, call] of procedures) {
      const stripped: Actor = {
        ...dev,
        permissions: new Set([...dev.permissions].filter((granted) => granted !== permission)),
      };
      const other = await refusal(call(callerOf(stranger), place));
      const without = await refusal(call(callerOf(stripped), place));
      const nothing = await refusal(call(callerOf({ ...dev, permissions: new Set() }), place));
      results[name] = [other, without, nothing];
    }
    expect(results).toEqual(
      Object.fromEntries(procedures.map(([name]) => [name, ["NOT_FOUND", "FORBIDDEN", "FORBIDDEN"]])),
    );
    for (const call of [(api: Caller) => api.files.tree(place), (api: Caller) => api.git.status(place)]) {
      expect(await refusal(call(callerOf(ada)))).toBe("NOT_FOUND");
    }
    expect(await refusal(callerOf(dev).projects.create(form("guarded")))).toBe("FORBIDDEN");
    expect((await callerOf(stranger).projects.list()).map(({ id }) => id)).not.toContain(project.id);
    expect(await refusal(callerOf(reader).files.save({ ...place, path: "x.sql", text: "", baseVersion: null }))).toBe(
      "FORBIDDEN",
    );
    expect((await callerOf(dev).files.read({ ...place, path: "models/a.sql" })).text).toBe("select 1\n");
  });
});
