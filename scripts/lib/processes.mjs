import { spawn } from "node:child_process";
import { createWriteStream, existsSync, renameSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SetupError } from "./steps.mjs";

const keeperFile = fileURLToPath(new URL("keeper.mjs", import.meta.url));

/**
 * Runs a command to its end and returns its output. `onLine` sees each line as it comes.
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
export function run(command, args, { cwd, env, onLine, input, uid, gid, signal } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      uid,
      gid,
      detached: true,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    if (child.pid) keeper().add(child.pid, "SIGTERM");
    const abort = () => signalGroup(child.pid, "SIGTERM");
    signal?.addEventListener("abort", abort, { once: true });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8");
      let rest = "";
      child[name].on("data", (text) => {
        output[name] += text;
        if (!onLine) return;
        const lines = (rest + text).split(/\r?\n|\r/);
        rest = lines.pop() ?? "";
        for (const line of lines) onLine(line, name);
      });
    }
    child.once("error", reject);
    child.once("close", (code, killedBy) => {
      signal?.removeEventListener("abort", abort);
      keeper().remove(child.pid);
      resolve({ code, signal: killedBy, ...output });
    });
    if (input !== undefined) child.stdin.end(input);
  });
}

/** Runs a command and throws what `explain(output)` says, or the end of its output, when it fails. */
export async function runOrFail(command, args, { title, explain, ...options }) {
  let result;
  try {
    result = await run(command, args, options);
  } catch (error) {
    if (error.code === "ENOENT")
      throw new SetupError(`${command} was not found.`, `Install ${command} and run the same command again.`);
    throw error;
  }
  if (result.code === 0) return result;
  const output = `${result.stdout}\n${result.stderr}`;
  const known = explain?.(output) ?? commonCause(output);
  if (known) throw known;
  const tail = output.trim().split("\n").slice(-25).join("\n");
  throw new SetupError(
    `${title} failed (${result.signal ?? `exit code ${result.code}`}).\n\n${tail}`,
    "It is safe to run the same command again.",
  );
}

/** Full disk and lost network, recognised in the words of npm, pip, git and PostgreSQL. */
export function commonCause(output) {
  if (/ENOSPC|No space left on device|could not write.*: .*space/i.test(output)) {
    return new SetupError(
      "The disk is full.",
      "Free some space (a first set-up needs about 3 GB) and run the same command again: it goes on where it stopped.",
    );
  }
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|Max retries exceeded|Temporary failure in name resolution|Read timed out|network error/i.test(
      output,
    )
  ) {
    return new SetupError(
      "The network was lost, or the package registry cannot be reached.",
      "Check the connection (and the proxy settings of npm and pip, if you need one) and run the same command again: what is finished is kept.",
    );
  }
  return null;
}

let keeperProcess = null;

/**
 * A small process that knows the process groups this one has started, and ends them when this one ends without doing so
 * (killed, crashed). Everything that runs for more than a moment is entered there.
 */
function keeper() {
  if (!keeperProcess) {
    keeperProcess = spawn(process.execPath, [keeperFile], {
      stdio: ["pipe", "ignore", "inherit"],
      detached: true,
      env: {},
    });
    keeperProcess.unref();
    keeperProcess.stdin.unref();
    keeperProcess.stdin.on("error", (error) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  return {
    add: (pid, signal) => keeperProcess.stdin.write(`+ ${pid} ${signal}\n`),
    remove: (pid) => keeperProcess.stdin.write(`- ${pid}\n`),
  };
}

/**
 * Services that end together: each runs in its own process group, with its output in a log file.
 * @param {{ onUnexpectedExit?: (exit: { name: string, code: number | null, signal: string | null, tail: string }) => void }} options
 */
export function createSupervisor({ onUnexpectedExit } = {}) {
  const services = [];
  let stopping = null;

  function start(name, command, args, { stopSignal = "SIGTERM", logFile, onLine, input, ...options }) {
    if (stopping) throw new SetupError(`${name} is not started: Millrace is stopping.`);
    const child = spawn(command, args, {
      ...options,
      detached: true,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    child.stdin?.on("error", () => service.tail.push("The process did not read its settings."));
    child.stdin?.write(input);
    const service = { name, child, stopSignal, exited: false, tail: [] };
    services.push(service);
    if (child.pid) keeper().add(child.pid, stopSignal);
    if (logFile) rotate(logFile);
    const log = logFile ? createWriteStream(logFile, { flags: "a", mode: 0o600 }) : null;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      let rest = "";
      stream.on("data", (text) => {
        log?.write(text);
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          service.tail.push(line);
          if (service.tail.length > 40) service.tail.shift();
          onLine?.(line);
        }
      });
    }
    service.done = new Promise((resolve) => {
      const finish = (code, signal) => {
        if (service.exited) return;
        service.exited = true;
        if (child.pid) keeper().remove(child.pid);
        log?.end();
        resolve({ code, signal });
        if (!stopping && !service.expected) onUnexpectedExit?.({ name, code, signal, tail: service.tail.join("\n") });
      };
      child.once("close", finish);
      child.once("error", (error) => {
        service.tail.push(String(error.message));
        finish(null, null);
      });
    });
    return service;
  }

  async function stopService(service, graceMilliseconds = 8000) {
    service.expected = true;
    if (service.exited) return;
    signalGroup(service.child.pid, service.stopSignal);
    const timer = setTimeout(() => signalGroup(service.child.pid, "SIGKILL"), graceMilliseconds);
    await service.done;
    clearTimeout(timer);
  }

  /** Ends every service, the last one started first, and then the keeper. Safe to call twice. */
  function stopAll() {
    stopping ??= (async () => {
      for (const service of [...services].reverse()) await stopService(service);
    })();
    return stopping;
  }

  return { start, stopService, stopAll };
}

const largestLog = 20 * 1024 ** 2;

/** Keeps one earlier log, so that logs cannot fill the disk from start to start. */
function rotate(file) {
  if (existsSync(file) && statSync(file).size > largestLog) renameSync(file, `${file}.1`);
}

/** Signals a process group; a group that is gone already is fine. */
export function signalGroup(pid, signal) {
  if (!pid) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Waits until `probe` answers true, or the service that should answer has ended, or time is up. */
export async function untilReady(service, probe, { seconds, what, logFile }) {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    if (service.exited) {
      throw (
        commonCause(service.tail.join("\n")) ??
        new SetupError(
          `${what} ended while starting.\n\n${service.tail.join("\n")}`,
          logFile ? `Its log: ${logFile}` : null,
        )
      );
    }
    if (await probe()) return;
    await Promise.race([service.done, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  throw new SetupError(
    `${what} did not answer within ${seconds} seconds.\n\n${service.tail.join("\n")}`,
    logFile ? `Its log: ${logFile}` : null,
  );
}
