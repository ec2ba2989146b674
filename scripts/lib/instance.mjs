import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SetupError } from "./steps.mjs";

/**
 * One Millrace per data folder. Writes who holds it; what a killed process left behind is recognised by its process id
 * and start time and taken over.
 * @returns {{ release: () => void }}
 */
export function holdInstance(lockFile, { address }) {
  mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 });
  const mine = { pid: process.pid, started: startTime(process.pid), address };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(lockFile, JSON.stringify(mine), { flag: "wx", mode: 0o600 });
      return {
        release() {
          if (readHolder(lockFile)?.pid === process.pid) rmSync(lockFile, { force: true });
        },
      };
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = readHolder(lockFile);
    if (holder && isAlive(holder)) {
      throw new SetupError(
        `Millrace already runs on this data folder (process ${holder.pid}${holder.address ? `, ${holder.address}` : ""}).`,
        "Use that one, stop it with Ctrl-C, or give this one a folder of its own: MILLRACE_DATA=data-2 PORT=3010 npm start",
      );
    }
    rmSync(lockFile, { force: true });
  }
  throw new SetupError(
    `The lock ${lockFile} could not be taken.`,
    "Another start is going on at this moment; wait for it and try again.",
  );
}

function readHolder(lockFile) {
  if (!existsSync(lockFile)) return null;
  try {
    return JSON.parse(readFileSync(lockFile, "utf8"));
  } catch (error) {
    // Cut off by a crash or a full disk: it belongs to nobody who still runs.
    if (error instanceof SyntaxError || error.code === "ENOENT") return null;
    throw error;
  }
}

function isAlive({ pid, started }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === "ESRCH") return false;
    if (error.code !== "EPERM") throw error;
  }
  return startTime(pid) === started;
}

/** The 22nd field of /proc/PID/stat (proc(5)); null where there is no /proc. */
function startTime(pid) {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return null;
  return readFileSync(file, "utf8").split(") ").at(-1).split(" ")[19] ?? null;
}
