import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CompileResult, ProjectIndex } from "@/server/contract/dbt";
import type { WorkerEvent } from "@/server/contract/worker";
import { defaultSessionLimits, requestTimeouts } from "@/server/sessions/limits";
import { type SessionOpening, WorkerConnection } from "@/server/sessions/worker-connection";
import type { BenchOptions } from "./options";
import { childEnvironment } from "./processes";

export interface Target {
  readonly adapter: string;
  readonly target: string;
  readonly schema: string;
  readonly threads: number;
  readonly settings: Record<string, string | number | boolean>;
  readonly secrets: Record<string, string>;
}

export interface BenchProject {
  /** What its parse is kept under. */
  readonly name: string;
  /** A copy, so that the bench changes nothing of the original. */
  readonly root: string;
  readonly target: Target;
  /** Environment variables and arguments for the dbt command line on the same project and warehouse. */
  readonly dbtEnvironment: NodeJS.ProcessEnv;
  readonly dbtArguments: string[];
}

const leaveOut = /(^|\/)(target|logs|\.git|\.user\.yml|node_modules)(\/|$)/;

/** Copies the project into `folder` and finds its target. The sample project's warehouse is built when it is not there. */
export async function prepareProject(options: BenchOptions, folder: string): Promise<BenchProject> {
  const source = options.project ?? join(options.paths.root, "e2e", "sample-project");
  const root = join(folder, "project");
  cpSync(source, root, { recursive: true, filter: (path) => !leaveOut.test(path.slice(source.length)) });
  const profilesDir =
    options.profilesDir ?? (existsSync(join(source, "profiles.yml")) ? source : join(process.env.HOME ?? "", ".dbt"));
  const extra: Record<string, string> = {};
  if (options.project === null) extra.RIVERBANK_DUCKDB_PATH = await sampleWarehouse(options);
  const given = { ...process.env, ...extra } as NodeJS.ProcessEnv;
  const describe = [
    "--project",
    source,
    "--profiles-dir",
    profilesDir,
    ...(options.target ? ["--target", options.target] : []),
  ];
  const script = join(options.paths.root, "bench", "python", "describe_profile.py");
  const target = JSON.parse(
    execFileSync(options.python, [script, ...describe], { env: given, encoding: "utf8" }),
  ) as Target;
  const state = join(folder, "dbt");
  return {
    name: basename(source),
    root,
    target,
    dbtEnvironment: { ...given, ...childEnvironment() },
    dbtArguments: [
      ...["--project-dir", root, "--profiles-dir", profilesDir, "--target", target.target],
      ...["--target-path", join(state, "target"), "--log-path", join(state, "logs")],
    ],
  };
}

/** The demo's warehouse by the demo's own code, kept under the data folder and reused. */
async function sampleWarehouse(options: BenchOptions): Promise<string> {
  const { root, data, worker } = options.paths;
  const demo = join(data, "bench");
  mkdirSync(demo, { recursive: true });
  const module = pathToFileURL(join(root, "scripts", "demo", "warehouse.mjs")).href;
  const { ensureWarehouse } = (await import(module)) as {
    ensureWarehouse: (paths: object, options: object) => Promise<{ file: string }>;
  };
  const { file } = await ensureWarehouse({ root, worker, demo }, { adapter: "duckdb", python: options.python });
  chmodSync(file, 0o644);
  return file;
}

/** A project of one model over one table, for benches of rows. */
export function tableProject(folder: string, database: string): BenchProject {
  const root = join(folder, "project");
  mkdirSync(join(root, "models"), { recursive: true });
  writeFileSync(join(root, "dbt_project.yml"), "name: bench\nversion: '1.0'\nprofile: bench\nmodel-paths: [models]\n");
  writeFileSync(join(root, "models", "big.sql"), "select * from main.big\n");
  const settings = { path: database };
  return {
    name: "table",
    root,
    target: { adapter: "duckdb", target: "dev", schema: "main", threads: 2, settings, secrets: {} },
    dbtEnvironment: childEnvironment(),
    dbtArguments: [],
  };
}

/** What a session of this project is told. The commit is the same each time, so that its template is known after the first. */
export function openingFor(project: BenchProject, session: string): SessionOpening {
  const { adapter, target, schema, threads, settings, secrets } = project.target;
  const { sessionMemoryMb, sessionCpuSeconds, queryMemoryMb, queryCpuSeconds } = defaultSessionLimits;
  const path = adapter === "duckdb" ? settings.path : undefined;
  return {
    hello: {
      ...{ type: "hello", protocol: 1, kind: "session", session },
      ...{ organisation: "bench", project: project.name, user: "bench" },
      ...{ projectRoot: project.root, shareRoot: project.root, workspaceRoot: project.root, commit: "0".repeat(40) },
      environment: { adapter, target, schema, threads, settings },
      vars: {},
      limits: { sessionMemoryMb, sessionCpuSeconds, queryMemoryMb, queryCpuSeconds, silenceSeconds: 3600 },
      readableFiles: typeof path === "string" && path !== ":memory:" ? [path] : [],
      egress: adapter === "duckdb" ? [] : [{ host: String(settings.host), port: Number(settings.port) }],
    },
    template: { type: "template", committed: [] },
    credentials: { type: "credentials", secrets, environmentVariables: {} },
  };
}

let sessions = 0;
const shown = { phase: "", at: 0 };
const secondsBetween = 5;

/** A parse of 10,000 models takes minutes: what it is at, now and then. */
function showProgress({ phase, done, total }: { phase: string; done: number; total: number | null }): void {
  const now = performance.now();
  if (phase === shown.phase && now - shown.at < secondsBetween * 1000) return;
  shown.phase = phase;
  shown.at = now;
  console.error(`  ${phase}${total === null ? "" : `: ${done} of ${total}`}`);
}

/** A ready session of its own. */
export async function openSession(
  socketPath: string,
  project: BenchProject,
  onEvent: (event: WorkerEvent) => void = () => undefined,
): Promise<{ connection: WorkerConnection; token: string; pid: number }> {
  const token = `bench-${process.pid}-${sessions++}`;
  const connection = new WorkerConnection({
    endpoint: { kind: "unix", path: socketPath },
    opening: openingFor(project, token),
    onEvent: (event) => {
      onEvent(event);
      if (event.type === "progress") showProgress(event);
      if (event.type === "queryEnded" && event.error) console.error(`A query failed: ${event.error.message}`);
    },
    onLost: (error) => console.error(`A session was lost: ${error.message}`),
  });
  const { pid, error } = await connection.ready;
  if (error) throw new Error(`The project does not parse: ${error.message}`);
  return { connection, token, pid };
}

/** A bench also ends on a machine that is busy with other things. */
const patience = 10;

export interface Model {
  readonly uniqueId: string;
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly materialized: string | null;
}

/** The SQL models of the project itself, by name. */
export async function sqlModels(connection: WorkerConnection, project: BenchProject): Promise<Model[]> {
  const index: ProjectIndex = await connection.request("index", {}, requestTimeouts.index * patience);
  return index.nodes
    .filter(
      ({ resourceType, packageName, path }) =>
        resourceType === "model" && packageName === index.projectName && path.endsWith(".sql"),
    )
    .map(({ uniqueId, name, path, materialized }) => {
      const text = readFileSync(join(project.root, path), "utf8");
      return { uniqueId, name, path, text, materialized };
    })
    .sort((first, second) => first.name.localeCompare(second.name));
}

/** One keystroke: the unsaved text and the compile that follows it, as the editor sends them. */
export async function compileText(
  connection: WorkerConnection,
  path: string,
  text: string,
  version: number,
): Promise<CompileResult> {
  const overlay = connection.request(
    "overlay",
    { changes: [{ path, text, deleted: false, version }] },
    requestTimeouts.overlay,
  );
  const compile = connection.request(
    "compile",
    { path, uniqueId: null, sql: null, version, allowWarehouse: false },
    requestTimeouts.compile,
  );
  await overlay;
  return compile;
}
