import { readdirSync, readFileSync } from "node:fs";

function field(pid: number, file: string, name: string): number | null {
  try {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/${file}`, "utf8"));
    return match?.[1] === undefined ? null : Number(match[1]) / 1024;
  } catch (error) {
    // Another user's process, or one that has just ended.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES" || code === "EPERM" || code === "ESRCH") return null;
    throw error;
  }
}

/** MiB that would be free if this process ended: private pages only. Null where the kernel does not show them to us. */
export function privateMb(pid: number): number | null {
  const clean = field(pid, "smaps_rollup", "Private_Clean");
  const dirty = field(pid, "smaps_rollup", "Private_Dirty");
  return clean === null || dirty === null ? null : clean + dirty;
}

/** MiB of memory that the process made itself: without the pages of libraries and files that it has mapped. */
function anonymousMb(pid: number): number | null {
  return field(pid, "status", "RssAnon");
}

/** Processor seconds so far, in the kernel too. Null when it has ended. */
export function cpuSeconds(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

/** Milliseconds that a process's first thread has run, and that it was ready to but had no processor. */
export function scheduled(pid: number): { ran: number; waited: number } {
  const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
  return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
}

/** Children of a process. */
export function childrenOf(pid: number): number[] {
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid) found.push(Number(name));
    } catch (error) {
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return found;
}

/** Watches how far processes grow from what they had when first seen. */
export class GrowthWatch {
  readonly #first = new Map<string, number>();
  readonly #peak = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  /** `processes` names who is watched, looked up each time: a query process comes and goes. */
  constructor(processes: () => [label: string, pid: number][], milliseconds = 10) {
    const look = () => {
      for (const [label, pid] of processes()) this.#see(`${label} ${pid}`, pid);
    };
    look();
    this.#timer = setInterval(look, milliseconds);
  }

  /** The largest growth of each label, in MiB. */
  stop(): Record<string, number> {
    clearInterval(this.#timer);
    const grown: Record<string, number> = {};
    for (const [key, peak] of this.#peak) {
      const label = key.split(" ")[0] ?? key;
      grown[label] = Math.max(grown[label] ?? 0, peak - (this.#first.get(key) ?? peak));
    }
    return grown;
  }

  #see(key: string, pid: number): void {
    const memory = anonymousMb(pid);
    if (memory === null) return;
    if (!this.#first.has(key)) this.#first.set(key, memory);
    this.#peak.set(key, Math.max(this.#peak.get(key) ?? 0, memory));
  }
}
