import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { compileBench } from "./compile";
import { editorBench } from "./editor";
import { lineageBench, lockdownBench } from "./graph";
import { languageBench } from "./language";
import { openBench } from "./open";
import { patchBench } from "./patch";
import { previewBench } from "./preview";
import { rowsBench } from "./rows";
import { searchBench } from "./search";
import { sessionBench } from "./session";
import type { Bench } from "./support/bench";
import { type BenchPaths, parseOptions } from "./support/options";
import { startRunner } from "./support/runner";
import { wholeGraphBench } from "./whole-graph";

const benches: Record<string, (bench: Bench) => Promise<Record<string, unknown>>> = {
  compile: compileBench,
  preview: previewBench,
  rows: rowsBench,
  session: sessionBench,
  open: openBench,
  patch: patchBench,
  lineage: lineageBench,
  lockdown: lockdownBench,
};

/** Runs one benchmark and prints its JSON as the last line. Returns the exit code. */
export async function main(argv: string[], paths: BenchPaths): Promise<number> {
  const options = parseOptions(argv, paths);
  if (options.name === "editor") {
    describeMachine();
    console.log(JSON.stringify(await editorBench(options)));
    return 0;
  }
  if (options.name === "graph") {
    describeMachine();
    console.log(JSON.stringify(await wholeGraphBench(options)));
    return 0;
  }
  if (options.name === "language") {
    describeMachine();
    console.log(JSON.stringify(languageBench(options.rounds ?? 30)));
    return 0;
  }
  if (options.name === "search") {
    describeMachine();
    console.log(JSON.stringify(await searchBench(options)));
    return 0;
  }
  const bench = benches[options.name];
  if (bench === undefined)
    throw new Error(
      `There is no benchmark ${options.name}: choose from ${Object.keys(benches).join(", ")}, language, search, editor, graph.`,
    );
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  // Sessions run as a user of their own when the bench runs as root.
  chmodSync(folder, 0o755);
  try {
    const runner = await startRunner(options, folder);
    try {
      describeMachine();
      console.log(JSON.stringify(await bench({ options, folder, runner })));
      return 0;
    } finally {
      await runner.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describeMachine(): void {
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(`${cpus().length} cores, ${memory} GiB, ${cpus()[0]?.model ?? ""}, Node ${process.version}`);
}
