import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { generatedProject } from "./generate";

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
  /** Live sessions at once, for the bench of sessions; none when null. */
  readonly sessions: number | null;
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
      models: { type: "string" },
      sessions: { type: "string" },
    },
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1)
    throw new Error(
      "Name one benchmark: compile, preview, rows, session, open, patch, lineage, lockdown, language, search, editor or graph.",
    );
  const generated =
    values.models === undefined ? undefined : generatedProject(join(paths.paths.data, "bench"), Number(values.models));
  const project = values.project ?? generated;
  return {
    ...paths,
    name,
    project: project === undefined ? null : resolve(project),
    profilesDir: values["profiles-dir"] === undefined ? null : resolve(values["profiles-dir"]),
    target: values.target ?? null,
    model: values.model ?? null,
    rounds: values.rounds === undefined ? null : Number(values.rounds),
    rows: Number(values.rows),
    sessions: values.sessions === undefined ? null : Number(values.sessions),
  };
}
