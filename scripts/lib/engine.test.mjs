import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureEngine } from "./engine.mjs";

/** Stands in for Python: makes an environment's folders at once, and lets pip answer what the file `pip-says` holds. */
const stub = `#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" "$3/lib/python3.11/site-packages" && cp "$0" "$3/bin/python";;
  "-m pip install "*) [ ! -f "$HOME/pip-says" ] || { cat "$HOME/pip-says"; exit 1; };;
esac
`;

let folder;
let paths;
let ensure;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-engine-test-"));
  paths = { engine: join(folder, "engine"), worker: folder };
  const path = join(folder, "python3");
  writeFileSync(path, stub);
  chmodSync(path, 0o755);
  writeFileSync(join(folder, "requirements.lock"), "agate==1.9.1 --hash=sha256:00\n");
  const environment = { PATH: process.env.PATH ?? "", HOME: folder };
  ensure = () => ensureEngine(paths, { path, version: "3.11.7" }, { environment });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("an engine is made once, and again when its lock file changes", async () => {
  expect((await ensure()).note).toBe("created");
  expect(await ensure()).toEqual({ python: join(paths.engine, "bin", "python"), note: "unchanged" });
  writeFileSync(join(folder, "requirements.lock"), "agate==1.9.2 --hash=sha256:00\n");
  expect((await ensure()).note).toBe("made again");
});

it("an engine that another Millrace uses is left alone, and the person told where, until that one is gone or has changed", async () => {
  const lockOf = (tree) => join(folder, tree, "requirements.lock");
  const tree = (name, lock) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(lockOf(name), lock);
    const python = { path: join(folder, "python3"), version: "3.11.7" };
    const environment = { PATH: process.env.PATH ?? "", HOME: folder };
    return () => ensureEngine({ ...paths, worker: join(folder, name) }, python, { environment });
  };
  const [first, second] = [tree("first", "agate==1 --hash=sha256:00\n"), tree("second", "agate==1 --hash=sha256:00\n")];
  expect((await first()).note).toBe("created");
  expect((await second()).note).toBe("unchanged");
  const newer = tree("first", "agate==2 --hash=sha256:00\n");
  await expect(newer()).rejects.toThrow(`${paths.engine} belongs to another Millrace too`);
  await expect(newer()).rejects.toThrow(join(folder, "second"));
  expect((await second()).note).toBe("unchanged");
  writeFileSync(lockOf("second"), "agate==2 --hash=sha256:00\n");
  expect((await newer()).note).toBe("made again");
  expect((await second()).note).toBe("unchanged");
  rmSync(join(folder, "first"), { recursive: true });
  expect((await tree("second", "agate==3 --hash=sha256:00\n")()).note).toBe("made again");
});

it("a half-finished engine is removed and made again", async () => {
  await ensure();
  rmSync(join(paths.engine, ".millrace-stamp"));
  writeFileSync(join(paths.engine, "half"), "");
  expect((await ensure()).note).toBe("made again");
  expect(existsSync(join(paths.engine, "half"))).toBe(false);
});

it("an engine whose interpreter is gone is made again", async () => {
  await ensure();
  rmSync(join(paths.engine, "bin", "python"));
  expect((await ensure()).note).toBe("made again");
});

it("a failed installation leaves no stamp, says why, and the next start succeeds", async () => {
  const failures = {
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE":
      "does not have the hash that the lock file names",
    "ERROR: No matching distribution found for agate==1.9.1": "There is no package for this Python version and machine",
    "NewConnectionError: Failed to establish a new connection": "The network was lost",
    "OSError: [Errno 28] No space left on device": "The disk is full",
  };
  for (const [said, message] of Object.entries(failures)) {
    writeFileSync(join(folder, "pip-says"), said);
    await expect(ensure()).rejects.toThrow(message);
    expect(existsSync(join(paths.engine, ".millrace-stamp"))).toBe(false);
  }
  rmSync(join(folder, "pip-says"));
  expect((await ensure()).note).toBe("made again");
});

it("MILLRACE_PYTHON names a ready interpreter", async () => {
  const engine = await ensureEngine(
    paths,
    { path: "python3", version: "3.11.7" },
    { environment: { MILLRACE_PYTHON: "/opt/python" } },
  );
  expect(engine).toEqual({ python: "/opt/python", note: "MILLRACE_PYTHON" });
});
