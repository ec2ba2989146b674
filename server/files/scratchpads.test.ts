import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Actor, type AppError, config } from "../core";
import { cloneWorkspace, createProject, removeProject } from "../projects";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { gitServerForTests } from "../testing/git";
import { listScratchpads, readScratchpad, removeScratchpad, renameScratchpad, saveScratchpad } from "./scratchpads";

const server = gitServerForTests();
process.env.MILLRACE_DATA = join(server.folder, "data");
let admin: Actor;
let dev: Actor;
let projectId = "";
const workspaces = new Map<Actor, string>();
useTestDatabase(async () => {
  await seedTestOrganisations();
  [admin, dev] = await Promise.all([actorOf("admin@river.example"), actorOf("developer@river.example")]);
});
beforeAll(async () => {
  await server.add("pads", { "dbt_project.yml": "name: x\n" });
  const input = { name: "Pads", gitUrl: server.url("pads"), token: server.token, subfolder: "", defaultBranch: "main" };
  projectId = (await createProject(admin, input)).id;
  for (const actor of [admin, dev])
    for await (const step of cloneWorkspace(actor, projectId, new AbortController().signal))
      if (step.type === "done") workspaces.set(actor, step.workspaceId);
});
const at = (name: string, actor = dev) => ({ workspaceId: workspaces.get(actor) ?? "", name });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: AppError) => error.code,
  );

test("a scratchpad is saved, read, renamed and removed by its name, and is in no working tree", async () => {
  const text = "select * from {{ ref('orders') }}\n";
  expect(await listScratchpads(dev, at(""))).toEqual([]);
  const { version } = await saveScratchpad(dev, {
    ...at("Monthly check ü"),
    text,
    baseVersion: null,
    overwrite: false,
  });
  expect(await readScratchpad(dev, at("Monthly check ü"))).toMatchObject({ path: "Monthly check ü", text, version });
  expect(await listScratchpads(dev, at(""))).toMatchObject([{ name: "Monthly check ü", size: text.length }]);
  await saveScratchpad(dev, { ...at("other"), text: "1", baseVersion: null, overwrite: false });
  expect(await codeOf(renameScratchpad(dev, { ...at("other"), newName: "Monthly check ü" }))).toBe("CONFLICT");
  await renameScratchpad(dev, { ...at("other"), newName: "another" });
  expect((await listScratchpads(dev, at(""))).map(({ name }) => name)).toEqual(["another", "Monthly check ü"]);
  await removeScratchpad(dev, at("another"));
  expect(await codeOf(readScratchpad(dev, at("another")))).toBe("NOT_FOUND");
  const trees = readdirSync(join(config().dataFolder, "workspaces"), { recursive: true }).map(String);
  expect(trees.filter((path) => path.includes("Monthly"))).toEqual([]);
});

test("what another browser saved meanwhile is not overwritten unasked", async () => {
  const pad = at("shared");
  const first = await saveScratchpad(dev, { ...pad, text: "1", baseVersion: null, overwrite: false });
  await saveScratchpad(dev, { ...pad, text: "2", baseVersion: first.version, overwrite: false });
  const late = saveScratchpad(dev, { ...pad, text: "3", baseVersion: first.version, overwrite: false });
  await expect(late).rejects.toMatchObject({ code: "CONFLICT", details: { text: "2" } });
  await saveScratchpad(dev, { ...pad, text: "3", baseVersion: first.version, overwrite: true });
  expect((await readScratchpad(dev, pad)).text).toBe("3");
});

test("nobody sees the scratchpads of another, and no name leads out of the folder", async () => {
  await saveScratchpad(dev, { ...at("mine"), text: "1", baseVersion: null, overwrite: false });
  expect(await listScratchpads(admin, at("", admin))).toEqual([]);
  expect(await codeOf(readScratchpad(admin, at("mine", admin)))).toBe("NOT_FOUND");
  expect(await codeOf(readScratchpad(admin, at("mine", dev)))).toBe("NOT_FOUND");
  for (const name of ["../mine", "a/../../mine", ".git/x", "a\0b"])
    expect(await codeOf(readScratchpad(dev, at(name)))).toMatch(/INVALID_INPUT|NOT_FOUND/);
  const reader = { ...dev, permissions: new Set(["project.read"] as const) };
  expect(await codeOf(listScratchpads(reader, at("")))).toBe("FORBIDDEN");
});

test("they go with their project", async () => {
  await saveScratchpad(dev, { ...at("last"), text: "1", baseVersion: null, overwrite: false });
  const folder = join(config().dataFolder, "scratchpads", dev.organisationId, projectId);
  expect(lstatSync(folder).isDirectory()).toBe(true);
  await removeProject(admin, { projectId });
  expect(() => lstatSync(folder)).toThrow(/ENOENT/);
});
