import { existsSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import { installerEnvironment, isOn } from "./environment.mjs";
import { run } from "./processes.mjs";
import { SetupError } from "./steps.mjs";

const oldestNode = [20, 9];
const oldestPython = [3, 10];
const newestTriedPython = [3, 13];
const oldestGit = [2, 20];
const firstSetupBytes = 3 * 1024 ** 3;

/** Asks the kernel directly: landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION), and prctl(PR_GET_SECCOMP). */
const sandboxProbe = `
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
abi = libc.syscall(444, None, 0, 1)
error = ctypes.get_errno()
seccomp = libc.prctl(21, 0, 0, 0, 0)
print(json.dumps({"landlock": abi, "landlock_error": os.strerror(error) if abi < 0 else None, "seccomp": seccomp >= 0}))
`;

/**
 * What this machine has. Throws one SetupError that lists everything missing at once, each with how to get it.
 * @returns {Promise<{ node: string, python: { path: string, version: string }, git: string }>}
 */
export async function checkTools({
  environment = process.env,
  nodeVersion = process.versions.node,
  runCommand = run,
} = {}) {
  const missing = [];
  if (!atLeast(nodeVersion, oldestNode)) {
    missing.push(
      `Node ${nodeVersion} is too old: Millrace needs ${oldestNode.join(".")} or newer. Install the current LTS release of Node.js.`,
    );
  }
  const python = await findPython({ environment, runCommand, missing });
  const git = await versionOf("git", ["--version"], runCommand, environment);
  if (git === null) missing.push("git was not found. On Debian or Ubuntu: apt-get install git");
  else if (!atLeast(git, oldestGit))
    missing.push(`git ${git} is too old: Millrace needs ${oldestGit.join(".")} or newer.`);
  if (missing.length > 0) {
    throw new SetupError(
      `This machine lacks what Millrace needs:\n${missing.map((text) => `  - ${text}`).join("\n")}`,
      "Then run the same command again.",
    );
  }
  return { node: nodeVersion, python, git };
}

async function findPython({ environment, runCommand, missing }) {
  const named = environment.MILLRACE_BASE_PYTHON || environment.MILLRACE_PYTHON;
  const names = named ? [named] : ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python3.14"];
  const found = [];
  for (const name of names) {
    const script = "import sys; print(sys.executable); print('.'.join(map(str, sys.version_info[:3])))";
    const result = await attempt(runCommand, name, ["-c", script], environment);
    if (result?.code !== 0) continue;
    const [path, version] = result.stdout.trim().split("\n");
    found.push({ path, version });
  }
  const fitting = found.filter(({ version }) => atLeast(version, oldestPython));
  const python = fitting.find(({ version }) => !newerThan(version, newestTriedPython)) ?? fitting[0];
  if (!python) {
    const have = found.length > 0 ? ` (found ${found.map(({ version }) => version).join(", ")})` : "";
    missing.push(
      `Python ${oldestPython.join(".")} or newer was not found${have}. On Debian or Ubuntu: apt-get install python3 python3-venv python3-pip`,
    );
    return null;
  }
  const modules = await attempt(runCommand, python.path, ["-c", "import venv, ensurepip"], environment);
  if (modules?.code !== 0) {
    missing.push(
      `Python ${python.version} lacks venv or pip. On Debian or Ubuntu: apt-get install python3-venv python3-pip`,
    );
  }
  return python;
}

/**
 * The kernel features that keep rows from leaving a trace. Nothing here stops the start: without them the server runs and
 * refuses previews. Returns what to say about each.
 * @returns {Promise<{ note: string, warnings: string[] }>}
 */
export async function checkSandbox(
  python,
  { platform = process.platform, environment = process.env, runCommand = run, readSwaps = swapsFile } = {},
) {
  if (platform !== "linux") {
    return {
      note: "none",
      warnings: [
        `Previews need Linux (Landlock and seccomp); on ${platform} everything else works, previews are refused.`,
      ],
    };
  }
  const result = await attempt(runCommand, python.path, ["-c", sandboxProbe], environment);
  const features =
    result?.code === 0
      ? JSON.parse(result.stdout)
      : { landlock: -1, landlock_error: "the probe did not run", seccomp: false };
  const warnings = [];
  if (features.landlock < 1) {
    warnings.push(
      `Landlock is missing (${features.landlock_error}): previews are refused. It needs Linux 5.13 or newer with "landlock" in the kernel's lsm= list; ` +
        "in a container, a runtime whose seccomp profile allows landlock_create_ruleset.",
    );
  }
  if (!features.seccomp) warnings.push("seccomp is missing (CONFIG_SECCOMP_FILTER): previews are refused.");
  const swaps = readSwaps().trim().split("\n").slice(1).filter(Boolean);
  if (swaps.length > 0 && !isOn(environment.MILLRACE_ALLOW_SWAP)) {
    warnings.push(
      "Swap is on, and swap can write rows from memory to disk: previews are refused. Switch it off (swapoff -a), set memory.swap.max=0 for " +
        "Millrace's cgroup, or accept it with MILLRACE_ALLOW_SWAP=1.",
    );
  }
  return {
    note:
      features.landlock >= 1
        ? `Landlock ABI ${features.landlock}, seccomp${swaps.length > 0 ? ", swap on" : ", no swap"}`
        : "incomplete",
    warnings,
  };
}

/** Refuses to begin a first set-up that cannot fit, before it fails halfway. */
export function checkDiskSpace(folder, { finished, statfs = statfsSync } = {}) {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfs(folder);
  const free = bavail * bsize;
  const needed = finished ? 200 * 1024 ** 2 : firstSetupBytes;
  if (free >= needed) return;
  const gigabytes = (bytes) => `${(bytes / 1024 ** 3).toFixed(1)} GB`;
  throw new SetupError(
    `There is too little space on the disk: ${gigabytes(free)} free under ${folder}, ${gigabytes(needed)} needed.`,
    "Free some space and run the same command again: what is finished is kept.",
  );
}

function swapsFile() {
  return existsSync("/proc/swaps") ? readFileSync("/proc/swaps", "utf8") : "";
}

async function versionOf(command, args, runCommand, environment) {
  const result = await attempt(runCommand, command, args, environment);
  return result?.code === 0 ? (/\d+(\.\d+)+/.exec(result.stdout)?.[0] ?? null) : null;
}

/** Null when there is no such command. */
async function attempt(runCommand, command, args, environment) {
  try {
    return await runCommand(command, args, { env: installerEnvironment(environment) });
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "EACCES") return null;
    throw error;
  }
}

function compare(version, [major, minor]) {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a === major ? b - minor : a - major;
}

function atLeast(version, wanted) {
  return compare(version, wanted) >= 0;
}

function newerThan(version, wanted) {
  return compare(version, wanted) > 0;
}
