import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  addEngine,
  engineFiles,
  engineRequest,
  explainResolution,
  fasterPackages,
  listEngines,
  removeEngine,
  workerPackages,
} from "./engines.mjs";

/**
 * Stands in for Python: makes an environment's folders at once, answers pip's question for versions with a report, and says
 * what `$HOME/NAME-says` holds when that file is there (then it fails).
 */
const stub = `#!/bin/sh
fail() { if [ -f "$HOME/$1-says" ]; then cat "$HOME/$1-says"; exit 1; fi; }
echo "$*" >> "$HOME/calls"
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" "$3/lib/python3.11/site-packages" && cp "$0" "$3/bin/python";;
  "-m pip install --dry-run "*)
    fail resolve
    while [ "$1" != "--report" ]; do shift; done
    cp "$HOME/report.json" "$2";;
  "-m pip install "*) fail install;;
  "-m millrace_worker.adapters.describe "*) fail describe; cat "$HOME/described.json";;
esac
`;

const faster = "sqlglotc==30.1 ; python_full_version >= '3.11' and sys_platform == 'linux'";
const pyarrow = ["20.0.0 ; python_full_version < '3.11'", "21.0.0 ; python_full_version >= '3.11'"].map(
  (version) => `pyarrow==${version}`,
);
const wanted = `${pyarrow.join(", ")}, sqlglot==30.1, sqlfluff, shandy-sqlfmt, ${faster}`;

let folder;
let paths;
let basePython;
let environment;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-engines-test-"));
  paths = { engines: join(folder, "engines"), worker: join(folder, "worker") };
  mkdirSync(paths.worker);
  writeFileSync(
    join(paths.worker, "requirements.lock"),
    `${pyarrow.join(" \\\n    --hash=sha256:00\n")} \\\n    --hash=sha256:00\nsqlglot==30.1 \\\n${faster} \\\n    --hash=sha256:00\n`,
  );
  basePython = { path: join(folder, "python3"), version: "3.11.7" };
  writeFileSync(basePython.path, stub);
  chmodSync(basePython.path, 0o755);
  environment = { PATH: process.env.PATH ?? "", HOME: folder };
  const item = (name, version, hash) => ({
    metadata: { name, version },
    download_info: { url: "https://registry.example/x", archive_info: { hashes: { sha256: hash } } },
  });
  writeFileSync(
    join(folder, "report.json"),
    JSON.stringify({
      install: [
        ...[item("dbt-core", "1.11.16", "aa"), item("dbt-Trino", "1.11.0", "bb")],
        ...workerPackages.map((name) => item(name, "1.0", "cc")),
      ],
    }),
  );
  writeFileSync(
    join(folder, "described.json"),
    JSON.stringify({ dbtVersion: "1.11.16", adapters: [{ adapter: "trino", version: "1.11.0", fields: [] }] }),
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const request = (options = {}) => engineRequest({ packages: ["dbt-trino"], ...options });
const add = (wanted = request()) => addEngine(paths, basePython, wanted, { environment });
const calls = () => readFileSync(join(folder, "calls"), "utf8");

describe("what may be asked for", () => {
  it("names the engine after its adapter and dbt version", () => {
    expect(request()).toEqual({ name: "trino", packages: ["dbt-trino"], dbt: null });
    expect(request({ dbt: "1.10" }).name).toBe("trino-1.10");
    expect(request({ packages: ["dbt-trino==1.11.0"], name: "lake" }).packages).toEqual(["dbt-trino==1.11.0"]);
  });
  it.each([
    ["no package", { packages: [] }, "Name the adapter's package."],
    ["an option", { packages: ["--index-url=x"] }, "is not the name of an adapter's package"],
    ["an address", { packages: ["dbt-x @ https://x"] }, "is not the name of an adapter's package"],
    ["a path", { packages: ["../dbt-x"] }, "is not the name of an adapter's package"],
    ["dbt itself", { packages: ["dbt-core"] }, "is not the name of an adapter's package"],
    ["a newer dbt", { dbt: "1.12" }, "This Millrace works with dbt 1.10 to below 1.12"],
    ["an older dbt", { dbt: "1.7.2" }, "This Millrace works with dbt 1.10 to below 1.12"],
    ["no version", { dbt: "latest" }, "is not a dbt version"],
    ["a reserved name", { name: "default" }, "cannot be called"],
    ["a path as name", { name: "../x" }, "cannot be called"],
  ])("%s is refused", (_, options, message) => {
    expect(() => request(options)).toThrow(message);
  });
});

it("an engine is resolved once, its lock names versions and hashes and no host", async () => {
  expect((await add()).note).toBe("created");
  const files = engineFiles(paths, "trino");
  expect(readFileSync(files.lock, "utf8")).toBe(
    `${[
      `# for ${wanted}`,
      ...["dbt-core==1.11.16 --hash=sha256:aa", "dbt-trino==1.11.0 --hash=sha256:bb"],
      ...workerPackages.map((name) => `${name}==1.0 --hash=sha256:cc`).sort(),
    ].join("\n")}\n`,
  );
  expect(calls()).toContain(`dbt-trino dbt-core>=1.10,<1.12 ${wanted.replaceAll(", ", " ")}\n`);
  expect(calls()).toContain("--require-hashes");
  expect(listEngines(paths, basePython)).toEqual([
    {
      name: "trino",
      packages: ["dbt-trino"],
      dbt: null,
      ready: true,
      dbtVersion: "1.11.16",
      adapters: [{ adapter: "trino", version: "1.11.0" }],
    },
  ]);
  expect((await add()).note).toBe("unchanged");
});

it("two versions of dbt stand side by side", async () => {
  await add();
  await add(request({ dbt: "1.10" }));
  expect(calls()).toContain("dbt-trino dbt-core~=1.10.0");
  expect(listEngines(paths, basePython).map(({ name, ready }) => [name, ready])).toEqual([
    ["trino", true],
    ["trino-1.10", true],
  ]);
});

it("one that broke off is listed as unfinished and finished by the same command, from the same lock", async () => {
  writeFileSync(join(folder, "install-says"), "NewConnectionError: Failed to establish a new connection");
  await expect(add()).rejects.toThrow("The network was lost");
  expect(listEngines(paths, basePython)[0]).toMatchObject({ name: "trino", ready: false });
  const lock = readFileSync(engineFiles(paths, "trino").lock, "utf8");
  rmSync(join(folder, "install-says"));
  writeFileSync(join(folder, "resolve-says"), "it must not be asked again");
  expect((await add()).note).toBe("made again");
  expect(readFileSync(engineFiles(paths, "trino").lock, "utf8")).toBe(lock);
  expect(listEngines(paths, basePython)[0]).toMatchObject({ name: "trino", ready: true });
});

it("one whose lock lacks what a newer Millrace needs is unfinished, and chooses its versions again", async () => {
  await add();
  const { lock } = engineFiles(paths, "trino");
  const whole = readFileSync(lock, "utf8");
  writeFileSync(lock, whole.replace(/^sqlfluff.*\n/m, ""));
  expect(listEngines(paths, basePython)[0].ready).toBe(false);
  expect((await add()).note).toBe("made again");
  expect(readFileSync(lock, "utf8")).toBe(whole);
});

it("one that was made before the worker's packages changed works on, and chooses its versions again when it is added again", async () => {
  await add();
  const { lock } = engineFiles(paths, "trino");
  const whole = readFileSync(lock, "utf8");
  for (const older of [whole.replace(`, ${faster}`, ""), whole.replace(/^# .*\n/, "")]) {
    writeFileSync(lock, older);
    expect((await add()).note).toBe("made again");
    expect(readFileSync(lock, "utf8")).toBe(whole);
  }
  expect((await add()).note).toBe("unchanged");
  rmSync(join(paths.worker, "requirements.lock"));
  writeFileSync(join(paths.worker, "requirements.lock"), "pyarrow==22.0.0 \\\n    --hash=sha256:00\n");
  expect(listEngines(paths, basePython)[0].ready).toBe(true);
});

it("the default engine has what only makes an engine faster, where it is to be had", () => {
  const text = readFileSync(join(import.meta.dirname, "../../server/worker/requirements.lock"), "utf8");
  const version = (name) => new RegExp(`^${name}==(\\S+)`, "m").exec(text)?.[1];
  expect(fasterPackages.map(version)).toEqual([version("sqlglot")]);
});

it("an adapter that this Millrace cannot use leaves no finished engine", async () => {
  writeFileSync(join(folder, "describe-says"), "Traceback\nImportError: cannot import name 'x' from 'dbt'");
  await expect(add()).rejects.toThrow(
    "dbt-trino was installed, but does not work with this Millrace: ImportError: cannot import name 'x' from 'dbt'",
  );
  expect(listEngines(paths, basePython)[0].ready).toBe(false);
});

it("the same name for something else is refused", async () => {
  await add();
  await expect(add(request({ packages: ["dbt-snowflake"], name: "trino" }))).rejects.toThrow(
    "There is an engine named trino already, with dbt-trino.",
  );
});

it("removing takes everything along; the default one and unknown ones are refused", async () => {
  await add();
  removeEngine(paths, "trino");
  for (const file of Object.values(engineFiles(paths, "trino"))) expect(existsSync(file)).toBe(false);
  for (const name of ["trino", "default", "dev", "../x"])
    expect(() => removeEngine(paths, name)).toThrow("There is no engine named");
});

it("pip's reasons are explained", () => {
  const conflict =
    "The conflict is caused by:\n    dbt-old 1.0 depends on dbt-core<1.9\n    The user requested dbt-core~=1.11.0\nERROR: ResolutionImpossible";
  const explained = explainResolution(conflict, request({ dbt: "1.11" }));
  expect(explained.message).toContain("No versions of dbt-trino with dbt 1.11 go together.");
  expect(explained.message).toContain("dbt-old 1.0 depends on dbt-core<1.9");
  expect(explainResolution("ERROR: No matching distribution found for dbt-trino", request()).message).toBe(
    "There is no ready-made package dbt-trino for this Python version and machine.",
  );
  expect(explainResolution("Max retries exceeded", request()).message).toContain("The network was lost");
  expect(explainResolution("who knows", request())).toBeNull();
});
