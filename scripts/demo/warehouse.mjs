import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainEnvironment } from "../lib/environment.mjs";
import { runOrFail } from "../lib/processes.mjs";
import { hashOf, isStamped, removeStamp, writeStamp } from "../lib/stamps.mjs";
import { SetupError } from "../lib/steps.mjs";
import { demoWarehouse } from "./definition.mjs";

/** Rows of the large table: two million at scale 1. The PostgreSQL copy is a tenth of it, so that a first start stays short. */
export const duckdbScale = 1;
export const postgresScale = 0.1;

/**
 * Builds one of the demo's two warehouses: raw tables by the generator, then a real `dbt build` of the sample project.
 * Done once; again when the project, the generator or the engine changed.
 * @param {{ root: string, worker: string, demo: string }} paths
 * @param {{ adapter: "duckdb" | "postgres", python: string, postgres?: { port: number, password: string, identity: string }, say?: (text: string) => void }} options
 * @returns {Promise<{ note: string, file: string }>}
 */
export async function ensureWarehouse(
  paths,
  { adapter, python, postgres, say = () => {}, scale = adapter === "duckdb" ? duckdbScale : postgresScale },
) {
  const project = join(paths.root, "e2e", "sample-project");
  const generator = join(paths.root, "e2e", "sample-warehouse");
  const file = join(paths.demo, "warehouse", "riverbank.duckdb");
  const stampFile = join(paths.demo, "warehouse", `${adapter}-stamp`);
  const accept = (path) => !/\/(target|logs|dbt_packages)\/|\/\.user\.yml$/.test(path.slice(paths.root.length));
  const hash = hashOf(paths.root, ["e2e/sample-project", "e2e/sample-warehouse", "server/worker/requirements.lock"], {
    accept,
    salt: `${adapter} ${scale} ${postgres?.identity ?? ""}`,
  });
  if (isStamped(stampFile, hash) && (adapter === "postgres" || existsSync(file))) return { note: "unchanged", file };

  removeStamp(stampFile);
  mkdirSync(join(paths.demo, "warehouse"), { recursive: true });
  const env = plainEnvironment(process.env, {
    DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
    DO_NOT_TRACK: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    DEMO_WAREHOUSE_PASSWORD: postgres?.password ?? "",
  });
  if (adapter === "duckdb") for (const left of [file, `${file}.wal`]) rmSync(left, { force: true });

  say("raw tables");
  const place =
    adapter === "duckdb"
      ? ["--path", file]
      : [
          "--host",
          "127.0.0.1",
          "--port",
          String(postgres.port),
          "--user",
          demoWarehouse.user,
          "--dbname",
          demoWarehouse.database,
          "--password-env",
          "DEMO_WAREHOUSE_PASSWORD",
        ];
  await runOrFail(python, [join(generator, "generate.py"), "--adapter", adapter, "--scale", String(scale), ...place], {
    title: "Generating the raw tables",
    env,
  });

  const work = join(paths.demo, "warehouse", `${adapter}-build`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, "profiles.yml"), profile(project, { adapter, file, postgres }));
  say("dbt build");
  await runOrFail(
    python,
    [
      ...[
        "-m",
        "dbt.cli.main",
        "--no-use-colors",
        "--log-level-file",
        "none",
        "build",
        "--project-dir",
        project,
        "--profiles-dir",
        work,
      ],
      ...["--target-path", join(work, "target"), "--log-path", join(work, "logs"), "--threads", "2"],
    ],
    {
      title: "dbt build of the sample project",
      env,
      cwd: work,
      onLine: (line) => sayProgress(line, say),
      explain: (output) => explainBuild(output),
    },
  );
  rmSync(work, { recursive: true, force: true });
  writeStamp(stampFile, hash);
  return { note: `built, large table at scale ${scale}`, file };
}

function sayProgress(line, say) {
  const progress = /(\d+) of (\d+) (?:OK|PASS|SUCCESS|WARN)/.exec(line);
  if (progress && Number(progress[1]) % 10 === 0) say(`dbt build, ${progress[1]} of ${progress[2]}`);
}

function explainBuild(output) {
  const failures = output.split("\n").filter((line) => /\b(ERROR|FAIL)\b|Compilation Error|Database Error/.test(line));
  return failures.length === 0
    ? null
    : new SetupError(
        `dbt build of the sample project failed:\n${failures.slice(0, 15).join("\n")}`,
        "It is safe to run the same command again.",
      );
}

/** JSON is YAML. The password stays in the environment. */
function profile(project, { adapter, file, postgres }) {
  const name =
    /^profile:\s*["']?([\w-]+)/m.exec(readFileSync(join(project, "dbt_project.yml"), "utf8"))?.[1] ?? "default";
  const { schema, user, database } = demoWarehouse;
  const output =
    adapter === "duckdb"
      ? { type: "duckdb", path: file, schema, threads: 2 }
      : {
          type: "postgres",
          host: "127.0.0.1",
          port: postgres.port,
          user,
          password: "{{ env_var('DEMO_WAREHOUSE_PASSWORD') }}",
          dbname: database,
          schema,
          threads: 2,
          sslmode: "disable",
        };
  const target = adapter === "duckdb" ? "dev" : "warehouse";
  return `${JSON.stringify({ [name]: { target, outputs: { [target]: output } } }, null, 2)}\n`;
}
