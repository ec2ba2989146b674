import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runnerEnvironment, webEnvironment } from "./environment.mjs";
import { holdInstance } from "./instance.mjs";
import { ensureKeys, missingProductionSettings, requireProductionSettings } from "./keys.mjs";
import { checkLockfiles } from "./lockfiles.mjs";
import { ensurePackages } from "./packages.mjs";
import { pathsFrom, root } from "./paths.mjs";
import { anyFreePort, requirePort, stablePorts } from "./ports.mjs";
import { commonCause, createSupervisor, untilReady } from "./processes.mjs";
import { hashOf, isStamped, removeStamp, writeStamp } from "./stamps.mjs";
import { describeFailure, SetupError } from "./steps.mjs";

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-setup-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("stamps", () => {
  it("a change of a file's text, name or number makes what was built stale", () => {
    mkdirSync(join(folder, "source"));
    writeFileSync(join(folder, "source", "a.txt"), "one");
    const first = hashOf(folder, ["source"]);
    expect(hashOf(folder, ["source"])).toBe(first);
    writeFileSync(join(folder, "source", "a.txt"), "two");
    const changed = hashOf(folder, ["source"]);
    writeFileSync(join(folder, "source", "b.txt"), "");
    const added = hashOf(folder, ["source"]);
    expect(new Set([first, changed, added]).size).toBe(3);
    expect(hashOf(folder, ["source"], { accept: (path) => path.endsWith("a.txt") })).toBe(changed);
  });

  it("work without its stamp counts as unfinished", () => {
    const stamp = join(folder, "stamp");
    expect(isStamped(stamp, "abc")).toBe(false);
    writeStamp(stamp, "abc");
    expect(isStamped(stamp, "abc")).toBe(true);
    expect(isStamped(stamp, "abd")).toBe(false);
    removeStamp(stamp);
    expect(isStamped(stamp, "abc")).toBe(false);
  });
});

describe("ports", () => {
  let server;
  let port;
  beforeEach(async () => {
    server = createServer();
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address());
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it("says which port is in use and how to choose another", async () => {
    const failure = await requirePort(port, { variable: "PORT", what: "the web server" }).catch((error) => error);
    expect(failure).toBeInstanceOf(SetupError);
    expect(failure.message).toBe(`Port ${port} for the web server is in use by another program.`);
    expect(failure.hint).toContain(`PORT=${port + 10} npm start`);
  });

  it("refuses what is no port", async () => {
    await expect(requirePort(Number("abc"), { variable: "PORT", what: "the web server" })).rejects.toThrow(
      "PORT must be a port number",
    );
  });

  it("keeps a port from start to start, and gives way when it is taken", async () => {
    const file = join(folder, "ports.json");
    const wanted = [
      { name: "git", variable: "MILLRACE_DEMO_GIT_PORT", what: "the Git server", first: await anyFreePort() },
    ];
    const first = await stablePorts(file, wanted, { environment: {} });
    expect(await stablePorts(file, wanted, { environment: {} })).toEqual(first);
    writeFileSync(file, JSON.stringify({ git: port }));
    const moved = await stablePorts(file, wanted, { environment: {} });
    expect(moved.git).toBeGreaterThan(port);
    await expect(stablePorts(file, wanted, { environment: { MILLRACE_DEMO_GIT_PORT: String(port) } })).rejects.toThrow(
      "in use",
    );
  });
});

describe("one instance per data folder", () => {
  it("refuses the second, by process and address, and lets the next in afterwards", () => {
    const lock = join(folder, "run", "instance.json");
    const held = holdInstance(lock, { address: "http://localhost:3000" });
    expect(() => holdInstance(lock, { address: "http://localhost:3010" })).toThrow(
      `Millrace already runs on this data folder (process ${process.pid}, http://localhost:3000).`,
    );
    held.release();
    holdInstance(lock, { address: "http://localhost:3010" }).release();
    expect(existsSync(lock)).toBe(false);
  });

  it("takes over from a killed process, and from a lock cut off in mid-write", () => {
    const lock = join(folder, "instance.json");
    writeFileSync(lock, JSON.stringify({ pid: process.pid, started: "1", address: "http://localhost:3000" }));
    holdInstance(lock, { address: "x" }).release();
    writeFileSync(lock, '{"pid": 12');
    holdInstance(lock, { address: "x" }).release();
  });
});

describe("keys", () => {
  it("are made once, readable by their owner only", () => {
    const first = ensureKeys(join(folder, "keys"), {});
    expect(first.created).toBe(true);
    expect(Buffer.from(first.MILLRACE_KEY, "base64")).toHaveLength(32);
    expect(statSync(join(folder, "keys")).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "keys", "master.key")).mode & 0o777).toBe(0o600);
    chmodSync(join(folder, "keys", "master.key"), 0o644);
    expect(ensureKeys(join(folder, "keys"), {})).toEqual({ ...first, created: false });
    expect(statSync(join(folder, "keys", "master.key")).mode & 0o777).toBe(0o600);
  });

  it("a damaged key is named, never replaced", () => {
    ensureKeys(join(folder, "keys"), {});
    writeFileSync(join(folder, "keys", "master.key"), "abc\n");
    expect(() => ensureKeys(join(folder, "keys"), {})).toThrow("master.key is damaged");
    expect(readFileSync(join(folder, "keys", "master.key"), "utf8")).toBe("abc\n");
  });
});

describe("production settings", () => {
  const complete = {
    DATABASE_URL: "postgres://millrace:secret@db.example.com:5432/millrace",
    NEXTAUTH_URL: "https://millrace.example.com",
    MILLRACE_KEY: Buffer.alloc(32, 7).toString("base64"),
    NEXTAUTH_SECRET: "a secret of more than thirty-two characters",
  };

  it("names all that is missing at once", () => {
    expect(() => requireProductionSettings({})).toThrow(
      /DATABASE_URL[\s\S]*NEXTAUTH_URL[\s\S]*MILLRACE_KEY[\s\S]*NEXTAUTH_SECRET/,
    );
    expect(missingProductionSettings(complete)).toEqual([]);
  });

  it("names what is wrong", () => {
    const wrong = {
      ...complete,
      DATABASE_URL: "mysql://x",
      NEXTAUTH_URL: "http://millrace.example.com",
      MILLRACE_KEY: "short",
    };
    expect(missingProductionSettings(wrong).map((text) => text.split(":")[0])).toEqual([
      "DATABASE_URL",
      "NEXTAUTH_URL",
      "MILLRACE_KEY",
    ]);
    expect(missingProductionSettings({ ...complete, NEXTAUTH_URL: "http://localhost:3000" })).toEqual([]);
  });
});

describe("environments of children", () => {
  const terminal = {
    PATH: "/bin",
    AWS_SECRET_ACCESS_KEY: "a",
    DATABASE_URL: "d",
    MILLRACE_KEY: "k",
    NEXTAUTH_SECRET: "n",
    SNOWFLAKE_PASSWORD: "s",
  };

  it("the runner gets nothing secret, whatever is set in the terminal", () => {
    const environment = runnerEnvironment(terminal, {
      MILLRACE_KEY: "k",
      DATABASE_URL: "d",
      MILLRACE_RUNNER_SOCKET: "/s",
    });
    expect(Object.keys(environment).sort()).toEqual(
      [
        "DBT_SEND_ANONYMOUS_USAGE_STATS",
        "DO_NOT_TRACK",
        "MILLRACE_RUNNER_SOCKET",
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
      ].sort(),
    );
  });

  it("the web server gets its own settings and not the rest of the terminal's", () => {
    expect(webEnvironment(terminal, { PORT: "3000", MILLRACE_KEY: "own" })).toEqual({
      PATH: "/bin",
      DATABASE_URL: "d",
      MILLRACE_KEY: "own",
      NEXTAUTH_SECRET: "n",
      PORT: "3000",
      NEXT_TELEMETRY_DISABLED: "1",
    });
  });
});

describe("failures in plain words", () => {
  it("recognises a full disk and a lost network in what tools say", () => {
    expect(commonCause("npm error code ENOSPC").message).toBe("The disk is full.");
    expect(
      commonCause("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device").message,
    ).toBe("The disk is full.");
    expect(commonCause("npm error code EAI_AGAIN").message).toContain("network was lost");
    expect(commonCause("Failed to establish a new connection: NewConnectionError").hint).toContain(
      "run the same command again",
    );
    expect(commonCause("SyntaxError: unexpected token")).toBeNull();
  });

  it("a folder of somebody else is named", () => {
    const error = Object.assign(new Error("EACCES"), { code: "EACCES", path: "/data/run/instance.json" });
    expect(describeFailure(error)).toContain("/data/run/instance.json cannot be written by this user.");
    expect(describeFailure(error)).toContain("MILLRACE_DATA");
  });
});

describe("services", () => {
  it("a service that ends while starting is reported with what it said", async () => {
    const supervisor = createSupervisor();
    const service = supervisor.start(
      "demo",
      process.execPath,
      ["-e", "console.error('no such table'); process.exit(3)"],
      {},
    );
    await expect(untilReady(service, () => false, { seconds: 20, what: "The demo" })).rejects.toThrow(
      /The demo ended while starting\.\s+no such table/,
    );
    await supervisor.stopAll();
  });

  it("nothing outlives a parent that was killed without a chance to clean up", async () => {
    const parent = `
      import { createSupervisor } from ${JSON.stringify(join(root, "scripts/lib/processes.mjs"))};
      const service = createSupervisor().start("child", process.execPath, ["-e", "setInterval(() => {}, 1000); console.log('up')"], { onLine: () => console.log(service.child.pid) });
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", parent], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = await new Promise((resolve) => child.stdout.once("data", (text) => resolve(Number(text))));
    expect(isRunning(pid)).toBe(true);
    child.kill("SIGKILL");
    await expect.poll(() => isRunning(pid), { timeout: 15_000 }).toBe(false);
  });
});

it("lock files name no host, and every Python package has a hash", () => {
  expect(checkLockfiles(root)).toEqual([]);
  const server = join(folder, "server", "worker");
  mkdirSync(server, { recursive: true });
  writeFileSync(join(folder, "package-lock.json"), '{ "a": {\n "resolved": "https://packages.example.com/a.tgz"\n} }');
  writeFileSync(join(folder, ".npmrc"), "registry=https://packages.example.com\n");
  writeFileSync(join(server, "requirements.lock"), "agate==1.9.1\n");
  writeFileSync(
    join(server, "requirements-dev.lock"),
    "--index-url https://packages.example.com\nruff==0.1 \\\n    --hash=sha256:00\n",
  );
  expect(checkLockfiles(folder).map((text) => text.split(/ names|==/)[0])).toEqual([
    "package-lock.json:2",
    ".npmrc:1",
    "server/worker/requirements-dev.lock:1",
    "server/worker/requirements.lock: no hash for agate",
  ]);
});

it("the runner's socket stays within what the system allows, however deep the data folder is", () => {
  const deep = join("/tmp", "a".repeat(60), "b".repeat(60));
  expect(Buffer.byteLength(pathsFrom({ MILLRACE_DATA: deep }).runnerSocket)).toBeLessThanOrEqual(107);
  expect(pathsFrom({ MILLRACE_DATA: "/data" }).runnerSocket).toBe("/data/run/runner.sock");
});

function isRunning(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === "ESRCH") return false;
    throw error;
  }
  // A killed process that nobody has waited for yet is still listed, as a zombie.
  const file = `/proc/${pid}/stat`;
  return !existsSync(file) || !readFileSync(file, "utf8").split(") ").at(-1).startsWith("Z");
}

describe("npm packages", () => {
  it("are not begun without a network, which is said at once; a registry that knows no ping is no reason", async () => {
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: { "node_modules/a": {} } }));
    const npm = (ping) =>
      writeFileSync(
        join(folder, "npm"),
        `#!/bin/sh\n[ "$1" = ping ] && { ${ping} }\ntouch "${folder}/asked"\nexit 1\n`,
        {
          mode: 0o755,
        },
      );
    const install = () => ensurePackages(folder, { environment: { PATH: `${folder}:${process.env.PATH}` } });
    npm("echo npm error code EAI_AGAIN; exit 1;");
    await expect(install()).rejects.toThrow("The network was lost");
    expect(existsSync(join(folder, "asked"))).toBe(false);
    npm("echo npm error code E404; exit 1;");
    await expect(install()).rejects.toThrow("Installing the npm packages failed");
    expect(existsSync(join(folder, "asked"))).toBe(true);
  });
});
