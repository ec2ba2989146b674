import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { GitProgress, Project } from "../contract/projects";
import type { Actor } from "../core";
import { save } from "../files";
import {
  cloneWorkspace,
  createProject,
  openWorkspace,
  removeWorkspace,
  type WorkspacePlace,
  workspaceForActor,
} from "../projects";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { git, gitServerForTests } from "../testing/git";
import {
  branches,
  commit,
  committedText,
  createBranch,
  diff,
  discard,
  history,
  pull,
  push,
  status,
  switchBranch,
} from ".";

const server = gitServerForTests();
process.env.MILLRACE_DATA = join(server.folder, "data");
let ada: Actor;
let dev: Actor;
useTestDatabase(async () => {
  await seedTestOrganisations();
  ada = await actorOf("admin@river.example");
  dev = await actorOf("developer@river.example");
});

async function drain(steps: AsyncIterable<GitProgress>): Promise<GitProgress> {
  let last: GitProgress | null = null;
  for await (const step of steps) last = step;
  if (!last) throw new Error("It said nothing.");
  return last;
}
const never = () => new AbortController().signal;

async function cloned(actor: Actor, project: Project): Promise<WorkspacePlace> {
  const last = await drain(cloneWorkspace(actor, project.id, never()));
  if (last.type !== "done") throw new Error(JSON.stringify(last));
  return workspaceForActor(actor, last.workspaceId);
}

function project(name: string, subfolder = ""): Promise<Project> {
  return createProject(ada, { name, gitUrl: server.url(name), token: server.token, subfolder, defaultBranch: "main" });
}

const files = {
  "dbt_project.yml": "name: shop\n",
  "models/a.sql": "select 1 as a\n",
  "models/b.sql": "select 2 as b\r\n",
  "models/deep/c.sql": "\ufeffselect 3\n",
  ".gitignore": "target/\n*.log\n!keep.log\n",
};

describe("a day's work", () => {
  let clone = "";
  let place: WorkspacePlace;
  beforeAll(async () => {
    clone = await server.add("shop", files);
    place = await cloned(dev, await project("shop"));
  });
  const input = () => ({ workspaceId: place.id });
  const nativeStatus = () => git(place.root, "status", "--porcelain");
  const write = (path: string, text: string) => writeFileSync(join(place.root, path), text);

  test("a fresh clone is clean, byte for byte, and git itself agrees", async () => {
    expect(await status(dev, input())).toEqual({
      branch: "main",
      head: (await git(clone, "rev-parse", "HEAD")).trim(),
      ahead: 0,
      behind: 0,
      changes: [],
    });
    expect(await nativeStatus()).toBe("");
    for (const [path, text] of Object.entries(files)) expect(readFileSync(join(place.root, path), "utf8")).toBe(text);
    expect(await git(place.root, "fsck", "--full")).toBe("");
    expect(readFileSync(join(place.root, ".git/config"), "utf8")).not.toContain(server.token);
  });

  test("status sees what any program changed: same size, same time, deleted, new, ignored", async () => {
    const path = join(place.root, "models/a.sql");
    const { atime, mtime } = statSync(path);
    write("models/a.sql", "select 9 as a\n");
    utimesSync(path, atime, mtime);
    rmSync(join(place.root, "models/b.sql"));
    write("models/new.sql", "select 4\n");
    write("x.log", "noise");
    write("keep.log", "kept");
    expect((await status(dev, input())).changes).toEqual([
      { path: "keep.log", kind: "added" },
      { path: "models/a.sql", kind: "modified" },
      { path: "models/b.sql", kind: "deleted" },
      { path: "models/new.sql", kind: "added" },
    ]);
    expect((await nativeStatus()).split("\n").filter(Boolean).sort()).toEqual(
      [" D models/b.sql", " M models/a.sql", "?? keep.log", "?? models/new.sql"].sort(),
    );
    expect(await diff(dev, { ...input(), path: "models/a.sql" })).toEqual({
      path: "models/a.sql",
      before: "select 1 as a\n",
      after: "select 9 as a\n",
    });
    expect(await committedText(place, ["models/a.sql", "models/new.sql"])).toEqual([
      { path: "models/a.sql", text: "select 1 as a\n" },
      { path: "models/new.sql", text: null },
    ]);
  });

  test("what dbt reads although Git ignores it differs from the commit; what dbt and others write does not", async () => {
    const ignored = ["models/local/mine.sql", "models/local/deep/mine.yml"];
    const written = [
      "target/compiled/a.sql",
      "logs/dbt.md",
      "packages/utils/macros/a.sql",
      ".venv/a.py",
      "node_modules/a/a.md",
    ];
    write(".gitignore", "*.log\n!keep.log\ntarget/\nlogs/\npackages/\nnode_modules/\n.venv/\nlocal/\n");
    write("dbt_project.yml", "name: shop\npackages-install-path: 'packages' # not dbt_packages\n");
    for (const path of [...ignored, ...written, "models/local/photo.png"]) {
      mkdirSync(dirname(join(place.root, path)), { recursive: true });
      write(path, "select 1\n");
    }
    const changes = (await status(dev, input())).changes.map(({ path }) => path);
    const differing = (await committedText(place, null)).map(({ path }) => path);
    expect(differing.filter((path) => !changes.includes(path)).sort()).toEqual([...ignored].sort());
    for (const path of [...ignored, ...written, "models/local/photo.png"]) rmSync(join(place.root, path));
    write(".gitignore", files[".gitignore"]);
    write("dbt_project.yml", files["dbt_project.yml"]);
  });

  test("discard puts back what HEAD has and removes what it has not", async () => {
    await discard(dev, { ...input(), paths: ["models/a.sql", "models/b.sql", "models/new.sql", "keep.log"] });
    expect((await status(dev, input())).changes).toEqual([]);
    expect(existsSync(join(place.root, "models/new.sql"))).toBe(false);
    expect(readFileSync(join(place.root, "models/b.sql"), "utf8")).toBe(files["models/b.sql"]);
  });

  test("a commit holds the chosen paths and nothing else, in the person's name", async () => {
    write("models/a.sql", "select 10 as a\n");
    write("models/b.sql", "not yet\n");
    rmSync(join(place.root, "models/deep/c.sql"));
    const { head } = await commit(dev, {
      ...input(),
      message: "Count better",
      paths: ["models/a.sql", "models/deep/c.sql"],
    });
    expect((await history(place, 10))[0]).toBe(head);
    expect(await history(place, 10)).toEqual(
      (await git(place.root, "log", "-11", "--format=%H")).split("\n").filter(Boolean),
    );
    expect(
      (await git(place.root, "show", "--name-status", "--format=%an <%ae>%n%s", "HEAD")).split("\n").filter(Boolean),
    ).toEqual([`${dev.userName} <developer@river.example>`, "Count better", "M\tmodels/a.sql", "D\tmodels/deep/c.sql"]);
    const after = await status(dev, input());
    expect(after).toMatchObject({ head, ahead: 1, behind: 0, changes: [{ path: "models/b.sql", kind: "modified" }] });
    expect(await nativeStatus()).toBe(" M models/b.sql\n");
    expect(await git(place.root, "fsck", "--full")).toBe("");
    await expect(commit(dev, { ...input(), message: "Again", paths: ["models/a.sql"] })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });

  test("push arrives at the server; pull brings what others pushed", async () => {
    expect(await drain(push(dev, input(), never()))).toMatchObject({ type: "done" });
    await git(clone, "pull", "--quiet", "origin", "main");
    expect(readFileSync(join(clone, "models/a.sql"), "utf8")).toBe("select 10 as a\n");
    await server.change(clone, {
      "models/a.sql": "select 11 as a\n",
      "models/more/e.sql": "select 5\n",
      "models/extra.sql": "1",
    });
    expect(await drain(pull(dev, input(), never()))).toMatchObject({ type: "done" });
    expect(readFileSync(join(place.root, "models/more/e.sql"), "utf8")).toBe("select 5\n");
    expect(await status(dev, input())).toMatchObject({
      ahead: 0,
      behind: 0,
      changes: [{ path: "models/b.sql", kind: "modified" }],
    });
    expect(await nativeStatus()).toBe(" M models/b.sql\n");
  });

  test("pull refuses to overwrite local changes, names them, and changes nothing", async () => {
    write("models/a.sql", "mine\n");
    write("untracked.sql", "mine too\n");
    await server.change(clone, { "models/a.sql": "theirs\n", "untracked.sql": "theirs\n", "models/extra.sql": null });
    const before = (await history(place, 0))[0];
    expect(await drain(pull(dev, input(), never()))).toMatchObject({
      type: "failed",
      error: { code: "CONFLICT", details: { paths: ["models/a.sql", "untracked.sql"] } },
    });
    expect((await history(place, 0))[0]).toBe(before);
    expect(readFileSync(join(place.root, "models/a.sql"), "utf8")).toBe("mine\n");
    expect(existsSync(join(place.root, "models/extra.sql"))).toBe(true);
    expect(await status(dev, input())).toMatchObject({ ahead: 0, behind: 1 });
    rmSync(join(place.root, "untracked.sql"));
    await discard(dev, { ...input(), paths: ["models/a.sql"] });
    expect(await drain(pull(dev, input(), never()))).toMatchObject({ type: "done" });
    expect(existsSync(join(place.root, "models/extra.sql"))).toBe(false);
  });

  test("a push that the server has moved past is a conflict that loses nothing; a diverged pull says so", async () => {
    write("models/a.sql", "ours\n");
    const { head } = await commit(dev, { ...input(), message: "Ours", paths: ["models/a.sql"] });
    await server.change(clone, { "models/z.sql": "theirs\n" });
    expect(await drain(push(dev, input(), never()))).toMatchObject({ type: "failed", error: { code: "CONFLICT" } });
    expect(await drain(pull(dev, input(), never()))).toMatchObject({
      type: "failed",
      error: { code: "CONFLICT", details: { ahead: 1, behind: 1 } },
    });
    expect((await history(place, 0))[0]).toBe(head);
    expect(await status(dev, input())).toMatchObject({ ahead: 1, behind: 1 });
  });

  test("a new branch takes the changes along, can be pushed, and switching refuses to lose changes", async () => {
    await createBranch(dev, { ...input(), name: "feature/x" });
    expect(await status(dev, input())).toMatchObject({ branch: "feature/x", ahead: null, behind: null });
    expect(await drain(push(dev, input(), never()))).toMatchObject({ type: "done" });
    expect(await git(join(server.folder, "server", "shop.git"), "branch", "--list", "feature/x")).toContain(
      "feature/x",
    );
    await expect(createBranch(dev, { ...input(), name: "feature" })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(createBranch(dev, { ...input(), name: "main" })).rejects.toMatchObject({ code: "CONFLICT" });
    await server.change(clone, { "models/a.sql": "on other\n" }, "other");
    await drain(pull(dev, input(), never()));
    expect(await branches(dev, input())).toEqual({
      current: "feature/x",
      local: ["feature/x", "main"],
      remote: ["feature/x", "main", "other"],
    });
    write("models/a.sql", "unsaved work\n");
    await expect(switchBranch(dev, { ...input(), name: "other" })).rejects.toMatchObject({
      code: "CONFLICT",
      details: { paths: ["models/a.sql"] },
    });
    expect(readFileSync(join(place.root, "models/a.sql"), "utf8")).toBe("unsaved work\n");
    await discard(dev, { ...input(), paths: ["models/a.sql"] });
    await switchBranch(dev, { ...input(), name: "other" });
    expect(readFileSync(join(place.root, "models/a.sql"), "utf8")).toBe("on other\n");
    expect((await openWorkspace(dev, { projectId: place.projectId }))?.branch).toBe("other");
    expect(await nativeStatus()).toBe(" M models/b.sql\n");
    await expect(switchBranch(dev, { ...input(), name: "nowhere" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("twenty saves and a status at once: the file is one of the texts, whole, and nothing is left beside it", async () => {
    const saves = Array.from({ length: 20 }, (_, number) =>
      save(dev, {
        ...input(),
        path: "models/race.sql",
        text: `select ${number}\n`,
        baseVersion: null,
        overwrite: true,
      }),
    );
    const seen = await Promise.all([...saves, status(dev, input())]);
    expect(seen).toHaveLength(21);
    expect(readFileSync(join(place.root, "models/race.sql"), "utf8")).toMatch(/^select \d+\n$/);
    expect(readdirSync(join(place.root, ".git/millrace-scratch"))).toEqual([]);
  });
});

describe("a second person", () => {
  test("clones from the mirror without downloading packs again, and shares nothing but them", async () => {
    const clone = await server.add("shared", files);
    const shared = await project("shared");
    const first = await cloned(ada, shared);
    const second = await cloned(dev, shared);
    expect(second.root).not.toBe(first.root);
    const packs = (root: string) => git(root, "count-objects", "-v");
    expect(await packs(second.root)).toBe(await packs(first.root));
    const pack = (await git(first.root, "rev-parse", "--git-path", "objects/pack")).trim();
    const name = readdirSync(join(first.root, pack)).find((file) => file.endsWith(".pack")) ?? "";
    expect(lstatSync(join(first.root, pack, name)).ino).toBe(lstatSync(join(second.root, pack, name)).ino);
    writeFileSync(join(first.root, "models/a.sql"), "first's\n");
    expect((await status(dev, { workspaceId: second.id })).changes).toEqual([]);
    await expect(status(dev, { workspaceId: first.id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await server.change(clone, { "models/late.sql": "1" });
    await drain(pull(dev, { workspaceId: second.id }, never()));
    expect(existsSync(join(second.root, "models/late.sql"))).toBe(true);
  });

  test("finds the one change among 3,000 files, and removes the workspace whole", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 3000 }, (_, n) => [`models/m${n % 50}/model_${n}.sql`, `select ${n}\n`]),
    );
    await server.add("many", { ...many, "dbt_project.yml": "name: many\n" });
    const place = await cloned(dev, await project("many"));
    await status(dev, { workspaceId: place.id });
    writeFileSync(join(place.root, "models/m1/model_1.sql"), "changed\n");
    const { changes } = await status(dev, { workspaceId: place.id });
    expect(changes).toEqual([{ path: "models/m1/model_1.sql", kind: "modified" }]);
    await removeWorkspace(dev, { workspaceId: place.id });
    expect(existsSync(place.root)).toBe(false);
  }, 60_000);
});

describe("a subfolder", () => {
  test("paths are relative to it, and what is outside stays out of sight", async () => {
    await server.add("mono", {
      "README.md": "hello",
      "dbt/shop/dbt_project.yml": "name: shop\n",
      "dbt/shop/models/a.sql": "1",
    });
    const place = await cloned(dev, await project("mono", "dbt/shop"));
    writeFileSync(join(place.projectRoot, "models/a.sql"), "2");
    writeFileSync(join(place.root, "README.md"), "changed");
    const input = { workspaceId: place.id };
    expect((await status(dev, input)).changes).toEqual([{ path: "models/a.sql", kind: "modified" }]);
    await commit(dev, { ...input, message: "In the folder", paths: ["models/a.sql"] });
    expect(await git(place.root, "show", "--name-only", "--format=", "HEAD")).toBe("dbt/shop/models/a.sql\n");
    await expect(commit(dev, { ...input, message: "Out", paths: ["../../README.md"] })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

describe("what must not be followed", () => {
  test("a symlink that another program put into the tree is never read, written through or committed as its target", async () => {
    await server.add("links", files);
    const place = await cloned(dev, await project("links"));
    symlinkSync("/etc", join(place.root, "models/out"));
    rmSync(join(place.root, "models/a.sql"));
    symlinkSync("/etc/passwd", join(place.root, "models/a.sql"));
    const input = { workspaceId: place.id };
    expect((await status(dev, input)).changes).toEqual([{ path: "models/a.sql", kind: "modified" }]);
    await expect(diff(dev, { ...input, path: "models/out/passwd" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await diff(dev, { ...input, path: "models/a.sql" })).after).toBeNull();
    await discard(dev, { ...input, paths: ["models/a.sql"] });
    expect(lstatSync(join(place.root, "models/a.sql")).isSymbolicLink()).toBe(false);
    expect(existsSync("/etc/passwd")).toBe(true);
  });
});
