import { readdirSync, readFileSync } from "node:fs";

interface ProcessState {
  readonly name: string;
  readonly parent: number;
  /** One letter as in proc_pid_stat(5). */
  readonly state: string;
}

function stateOf(pid: number | string): ProcessState | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    return { name, state, parent: Number(parent) };
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

/** Living children of a session that serve a query; the one that was made ahead and waits for its first is not among them. */
export function queryProcesses(session: number | null): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const process = stateOf(name);
      return process?.parent === session && process.state !== "Z" && process.name !== "millrace-spare";
    })
    .map(Number);
}

export function isAlive(pid: number | null): boolean {
  const process = pid === null ? null : stateOf(pid);
  return process !== null && process.state !== "Z";
}

/** It sleeps: it waits for somebody to read, or for work. */
export function waitsInKernel(pid: number | undefined): boolean {
  return pid !== undefined && stateOf(pid)?.state === "S";
}
