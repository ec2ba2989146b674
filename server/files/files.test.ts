import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Actor, type AppError, events } from "../core";
import { cloneWorkspace, createProject, type WorkspacePlace, workspaceForActor } from "../projects";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { gitServerForTests } from "../testing/git";
import { create, duplicate, edit, read, remove, rename, save, texts, tree } from ".";
import { writeDurably } from "./durable-write";

const server = gitServerForTests();
process.env.MILLRACE_DATA = join(server.folder, "data");
let dev: Actor;
let place: WorkspacePlace;
useTestDatabase(async () => {
  await seedTestOrganisations();
  dev = await actorOf("developer@river.example");
});
beforeAll(async () => {
  await server.add("files", {
    "dbt_project.yml": "name: x\n",
    "models/a.sql": "select 1\n",
    "dbt_packages/utils/m.sql": "1",
    ".gitignore": "target/\n",
  });
  const admin = await actorOf("admin@river.example");
  const input = {
    name: "Files",
    gitUrl: server.url("files"),
    token: server.token,
    subfolder: "",
    defaultBranch: "main",
  };
  const project = await createProject(admin, input);
  for await (const step of cloneWorkspace(dev, project.id, new AbortController().signal)) {
    if (step.type === "done") place = await workspaceForActor(dev, step.workspaceId);
  }
});
const at = (path: string) => ({ workspaceId: place.id, path });
const disk = (path: string) => join(place.projectRoot, path);
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: AppError) => ({ code: error.code, details: error.details }),
  );

test("texts: files that hold a word, and those that are named, but no packages and nothing that is not text", async () => {
  await create(dev, { ...at("texts/one.sql"), kind: "file", text: "select first_word" });
  await create(dev, { ...at("texts/two.yml"), kind: "file", text: "- name: (second.word)" });
  await create(dev, { ...at("texts/three.csv"), kind: "file", text: "first_word" });
  const words = await texts(dev, { workspaceId: place.id, words: ["first_word", "(second.word)"], paths: [] });
  expect(words.files.map(({ path, text }) => [path, text])).toEqual([
    ["texts/one.sql", "select first_word"],
    ["texts/two.yml", "- name: (second.word)"],
  ]);
  expect(words.limited).toBe(false);
  const { version } = await read(dev, at("texts/one.sql"));
  expect(words.files[0]?.version).toBe(version);
  const paths = ["texts/three.csv", "texts", "nowhere.sql", "../outside.sql"];
  const named = await texts(dev, { workspaceId: place.id, words: [], paths });
  expect(named.files.map(({ path }) => path)).toEqual(["texts/three.csv"]);
  await remove(dev, at("texts"));
});

describe("editing several files", () => {
  test("changes what is as it was, leaves and names what is not, and tells of the change once", async () => {
    const told: (readonly string[])[] = [];
    const stop = events.on("filesChanged", ({ paths }) => told.push(paths));
    onTestFinished(stop);
    const made = await Promise.all(
      ["one", "two"].map((name) => create(dev, { ...at(`edits/${name}.sql`), kind: "file", text: "a b a\r\n" })),
    );
    told.length = 0;
    const edits = [
      { start: 0, end: 1, text: "xx" },
      { start: 4, end: 5, text: "" },
    ];
    const result = await edit(dev, {
      workspaceId: place.id,
      files: [
        { path: "edits/one.sql", version: made[0]?.version ?? "", edits },
        { path: "edits/two.sql", version: "older", edits },
        { path: "edits/none.sql", version: "", edits },
      ],
    });
    expect(result).toEqual({
      edited: [
        {
          path: "edits/one.sql",
          version: expect.any(String),
          undo: [
            { start: 0, end: 2, text: "a" },
            { start: 5, end: 5, text: "a" },
          ],
        },
      ],
      refused: [
        { path: "edits/two.sql", message: "edits/two.sql has changed meanwhile." },
        { path: "edits/none.sql", message: "There is no file edits/none.sql." },
      ],
    });
    expect(readFileSync(disk("edits/one.sql"), "utf8")).toBe("xx b \r\n");
    expect(readFileSync(disk("edits/two.sql"), "utf8")).toBe("a b a\r\n");
    expect(told).toEqual([["edits/one.sql"]]);
    const [back] = result.edited;
    if (back) {
      await edit(dev, { workspaceId: place.id, files: [{ ...back, edits: back.undo }] });
      expect(readFileSync(disk("edits/one.sql"), "utf8")).toBe("a b a\r\n");
    }
    await remove(dev, at("edits"));
  });

  test("edits that overlap or leave the file change nothing", async () => {
    const { version } = await create(dev, { ...at("whole.sql"), kind: "file", text: "abc" });
    const refusedFor = async (...edits: { start: number; end: number; text: string }[]) =>
      (await edit(dev, { workspaceId: place.id, files: [{ path: "whole.sql", version, edits }] })).refused.length;
    expect(await refusedFor({ start: 0, end: 2, text: "" }, { start: 1, end: 3, text: "" })).toBe(1);
    expect(await refusedFor({ start: 2, end: 4, text: "" })).toBe(1);
    expect(readFileSync(disk("whole.sql"), "utf8")).toBe("abc");
    await remove(dev, at("whole.sql"));
  });
});

describe("reading", () => {
  test("the tree shows what people edit, and not what tools generate", async () => {
    for (const folder of ["target/compiled", "logs", "node_modules/x", ".git/extra"])
      mkdirSync(disk(folder), { recursive: true });
    writeFileSync(disk("target/compiled/a.sql"), "1");
    symlinkSync("/etc", disk("outside"));
    onTestFinished(() => remove(dev, at("empty")).then(() => undefined));
    await create(dev, { ...at("empty"), kind: "folder", text: "" });
    expect((await tree(dev, { workspaceId: place.id })).map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      "file .gitignore",
      "folder dbt_packages",
      "folder dbt_packages/utils",
      "file dbt_packages/utils/m.sql",
      "file dbt_project.yml",
      "folder empty",
      "folder models",
      "file models/a.sql",
    ]);
  });

  test("10,000 files are listed whole", async () => {
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(disk(`many/f${folder}`), { recursive: true });
      for (let file = 0; file < 100; file++) writeFileSync(disk(`many/f${folder}/m${file}.sql`), "select 1");
    }
    onTestFinished(() => remove(dev, at("many")).then(() => undefined));
    const entries = await tree(dev, { workspaceId: place.id });
    expect(entries.filter(({ path }) => path.startsWith("many/")).length).toBe(10_100);
  });

  test("line ends and the byte order mark stay; binary and large files come without text", async () => {
    writeFileSync(disk("crlf.sql"), "\ufeffa\r\nb\r\n");
    writeFileSync(disk("latin.csv"), Buffer.from([0x66, 0xfc, 0x72]));
    writeFileSync(disk("nul.bin"), Buffer.from("a\0b"));
    writeFileSync(disk("large.csv"), Buffer.alloc(5_000_001, "x"));
    const crlf = await read(dev, at("crlf.sql"));
    expect(crlf).toMatchObject({ text: "\ufeffa\r\nb\r\n", size: 9, reason: null });
    await save(dev, { ...at("crlf.sql"), text: `${crlf.text}c\r\n`, baseVersion: crlf.version, overwrite: false });
    expect(readFileSync(disk("crlf.sql"), "utf8")).toBe("\ufeffa\r\nb\r\nc\r\n");
    expect(await read(dev, at("latin.csv"))).toMatchObject({ text: null, reason: "binary" });
    expect(await read(dev, at("nul.bin"))).toMatchObject({ text: null, reason: "binary" });
    expect(await read(dev, at("large.csv"))).toMatchObject({
      text: null,
      reason: "too-large",
      version: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await errorOf(read(dev, at("nothing.sql")))).toMatchObject({ code: "NOT_FOUND" });
    expect(await errorOf(read(dev, at("models")))).toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("what is out of reach", () => {
  test.each([
    ["../../etc/passwd"],
    [".git/config"],
    [".GIT/config"],
    ["models/.git/hooks/x"],
    ["git~1/config"],
    ["outside/passwd"],
    ["a\\b"],
    ["a\0b"],
    ["link.sql"],
    ["/etc/passwd"],
  ])("%j is refused by every operation", async (path) => {
    if (!existsSync(disk("link.sql"))) symlinkSync("/etc/hostname", disk("link.sql"));
    const before = readFileSync("/etc/hostname");
    const attempts = [
      read(dev, at(path)),
      save(dev, { ...at(path), text: "x", baseVersion: null, overwrite: true }),
      create(dev, { ...at(path), kind: "file", text: "x" }),
      rename(dev, { ...at("models/a.sql"), newPath: path }),
      rename(dev, { ...at(path), newPath: "stolen.sql" }),
      duplicate(dev, { ...at(path), newPath: "stolen.sql" }),
      remove(dev, at(path)),
    ];
    for (const attempt of await Promise.all(attempts.map(errorOf)))
      expect(attempt).toMatchObject({ code: "INVALID_INPUT" });
    expect(readFileSync("/etc/hostname")).toEqual(before);
    expect(existsSync(disk("models/a.sql"))).toBe(true);
    expect(existsSync(disk("stolen.sql"))).toBe(false);
  });
});

describe("saving", () => {
  test("a file that changed underneath is not overwritten: the conflict brings what is there", async () => {
    const first = await create(dev, { ...at("models/two-tabs.sql"), kind: "file", text: "one" });
    const second = await save(dev, {
      ...at("models/two-tabs.sql"),
      text: "two",
      baseVersion: first.version,
      overwrite: false,
    });
    const late = { ...at("models/two-tabs.sql"), text: "late", baseVersion: first.version };
    expect(await errorOf(save(dev, { ...late, overwrite: false }))).toEqual({
      code: "CONFLICT",
      details: { version: second.version, text: "two" },
    });
    expect(readFileSync(disk("models/two-tabs.sql"), "utf8")).toBe("two");
    expect(await save(dev, { ...late, text: "two", overwrite: false })).toEqual(second);
    await save(dev, { ...late, overwrite: true });
    expect(readFileSync(disk("models/two-tabs.sql"), "utf8")).toBe("late");
    await remove(dev, at("models/two-tabs.sql"));
    expect(await errorOf(save(dev, { ...late, overwrite: false }))).toEqual({
      code: "CONFLICT",
      details: { version: null, text: null },
    });
    expect(
      await errorOf(save(dev, { ...at("models/a.sql"), text: "new", baseVersion: null, overwrite: false })),
    ).toMatchObject({ code: "CONFLICT" });
  });

  test("of two saves at once from the same version, one wins and the other hears of it", async () => {
    const { version } = await create(dev, { ...at("race.sql"), kind: "file", text: "base" });
    const saves = ["left", "right"].map((text) =>
      errorOf(save(dev, { ...at("race.sql"), text, baseVersion: version, overwrite: false })),
    );
    expect((await Promise.all(saves)).map((outcome) => outcome?.code ?? "saved").sort()).toEqual(["CONFLICT", "saved"]);
  });

  test("keeps the mode, is readable by workers, leaves nothing beside it, and says which path changed", async () => {
    const heard: string[][] = [];
    onTestFinished(events.on("filesChanged", ({ paths }) => heard.push(paths)));
    writeFileSync(disk("run.sh"), "old");
    chmodSync(disk("run.sh"), 0o755);
    await save(dev, { ...at("run.sh"), text: "new", baseVersion: null, overwrite: true });
    await create(dev, { ...at("deep/er/new.sql"), kind: "file", text: "" });
    expect(statSync(disk("run.sh")).mode & 0o777).toBe(0o755);
    expect(statSync(disk("deep/er/new.sql")).mode & 0o777).toBe(0o644);
    expect(statSync(disk("deep/er")).mode & 0o777).toBe(0o755);
    expect(statSync(join(place.root, ".git")).mode & 0o077).toBe(0);
    expect(readdirSync(join(place.root, ".git/millrace-scratch"))).toEqual([]);
    expect(heard).toEqual([["run.sh"], ["deep/er/new.sql"]]);
    expect(
      await errorOf(save(dev, { ...at("x.sql"), text: "half \ud83d", baseVersion: null, overwrite: false })),
    ).toMatchObject({ code: "INVALID_INPUT" });
    expect(
      await errorOf(save(dev, { ...at(`${"n".repeat(300)}.sql`), text: "", baseVersion: null, overwrite: false })),
    ).toMatchObject({
      code: "INVALID_INPUT",
    });
  });

  test("a full disk is said in plain words and leaves the old file whole", async () => {
    writeFileSync(disk("full.sql"), "old and whole");
    const scratch = join(place.root, ".git/millrace-scratch");
    const fullDisk: typeof open = async (...parts) => {
      const file = await open(...parts);
      file.writeFile = async () => {
        await file.write("half of");
        throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      };
      return file;
    };
    const attempt = writeDurably(disk("full.sql"), Buffer.from("new"), { scratch, mode: 0o644, open: fullDisk });
    await expect(attempt).rejects.toMatchObject({ code: "LIMIT_REACHED", message: expect.stringContaining("disk") });
    expect(readFileSync(disk("full.sql"), "utf8")).toBe("old and whole");
    expect(readdirSync(scratch)).toEqual([]);
  });

  test("a process killed in the middle of saving leaves the old or the new text, never half", async () => {
    const target = disk("killed.sql");
    const sizes = [400_000, 800_000];
    writeFileSync(target, "a".repeat(sizes[0] ?? 0));
    const script = `
      import { open, rename } from "node:fs/promises";
      import { build } from "esbuild";
      const { outputFiles } = await build({ entryPoints: ["server/files/durable-write.ts"], bundle: true, write: false, format: "esm", platform: "node", packages: "external" });
      const { writeDurably } = await import("data:text/javascript," + encodeURIComponent(outputFiles[0].text.replace(/from "(pino|undici|zod)"/g, (_, name) => 'from "' + import.meta.resolve(name) + '"')));
      console.log("ready");
      for (let turn = 0; ; turn++) {
        const size = turn % 2 === 0 ? ${sizes[1]} : ${sizes[0]};
        await writeDurably(process.argv[1], Buffer.alloc(size, turn % 2 === 0 ? "b" : "a"), { scratch: process.argv[2], mode: 0o644 });
      }`;
    for (let turn = 0; turn < 3; turn++) {
      const child = execFile(process.execPath, [
        "--input-type=module",
        "-e",
        script,
        target,
        join(place.root, ".git/millrace-scratch"),
      ]);
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
      await new Promise<void>((resolve, reject) => {
        child.stdout?.once("data", () => resolve());
        child.once("close", () => reject(new Error("The writer did not start.")));
      });
      while (readFileSync(target, "utf8").length === sizes[0]) await new Promise((resolve) => setImmediate(resolve));
      child.kill("SIGKILL");
      await ended;
      const text = readFileSync(target, "utf8");
      expect(text).toBe((text[0] ?? "").repeat(text.length));
      expect(sizes).toContain(text.length);
    }
  }, 60_000);
});

describe("entries", () => {
  test("rename, move, case-only rename, duplicate and remove, of files and folders", async () => {
    await create(dev, { ...at("area/one.sql"), kind: "file", text: "1" });
    await create(dev, { ...at("area/sub/two.sql"), kind: "file", text: "2" });
    await rename(dev, { ...at("area/one.sql"), newPath: "area/One.sql" });
    expect(readdirSync(disk("area")).sort()).toEqual(["One.sql", "sub"]);
    expect(await rename(dev, { ...at("area"), newPath: "moved/area" })).toEqual({
      paths: ["area/One.sql", "area/sub/two.sql", "moved/area/One.sql", "moved/area/sub/two.sql"],
    });
    expect(await duplicate(dev, { ...at("moved/area"), newPath: "copy" })).toEqual({
      paths: ["copy/One.sql", "copy/sub/two.sql"],
    });
    expect(readFileSync(disk("copy/sub/two.sql"), "utf8")).toBe("2");
    expect(await errorOf(rename(dev, { ...at("copy/One.sql"), newPath: "models/a.sql" }))).toMatchObject({
      code: "CONFLICT",
    });
    expect(await errorOf(duplicate(dev, { ...at("copy"), newPath: "models" }))).toMatchObject({ code: "CONFLICT" });
    expect(await errorOf(create(dev, { ...at("models"), kind: "folder", text: "" }))).toMatchObject({
      code: "CONFLICT",
    });
    expect(await errorOf(create(dev, { ...at("models/a.sql/b.sql"), kind: "file", text: "" }))).toMatchObject({
      code: "CONFLICT",
    });
    expect(await errorOf(rename(dev, { ...at("copy"), newPath: "copy/inside" }))).toMatchObject({
      code: "INVALID_INPUT",
    });
    expect(await errorOf(rename(dev, { ...at("gone.sql"), newPath: "x.sql" }))).toMatchObject({ code: "NOT_FOUND" });
    expect(await remove(dev, at("copy"))).toEqual({ paths: ["copy/One.sql", "copy/sub/two.sql"] });
    expect(existsSync(disk("copy"))).toBe(false);
    expect(lstatSync(disk("models/a.sql")).isFile()).toBe(true);
  });
});
