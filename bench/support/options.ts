import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** Where things are, as scripts/bench.mjs knows it. */
export interface BenchPaths {
  readonly python: string;
  readonly output: string;
  readonly paths: { readonly root: string; readonly data: string; readonly worker: string };
}

export interface BenchOptions extends BenchPaths {
  readonly name: string;
  /** Absolute; null for the sample project. */
  readonly project: string | null;
  readonly profilesDir: string | null;
  readonly target: string | null;
  readonly model: string | null;
  readonly rounds: number | null;
  readonly rows: number;
}

/** The command line of `npm run bench`. Throws with what is wrong. */
export function parseOptions(argv: string[], paths: BenchPaths): BenchOptions {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      project: { type: "string" },
      "profiles-dir": { type: "string" },
      target: { type: "string" },
      model: { type: "string" },
      rounds: { type: "string" },
      rows: { type: "string", default: "2000000" },
    },
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1)
    throw new Error("Name one benchmark: compile, preview, rows, session or editor.");
  return {
    ...paths,
    name,
    project: values.project === undefined ? null : resolve(values.project),
    profilesDir: values["profiles-dir"] === undefined ? null : resolve(values["profiles-dir"]),
    target: values.target ?? null,
    model: values.model ?? null,
    rounds: values.rounds === undefined ? null : Number(values.rounds),
    rows: Number(values.rows),
  };
}
