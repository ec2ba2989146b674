import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installerEnvironment } from "./environment.mjs";
import { runOrFail } from "./processes.mjs";
import { hashOf, isStamped, removeStamp, writeStamp } from "./stamps.mjs";
import { SetupError } from "./steps.mjs";

/** Entry files of what start runs besides Next.js. The worker threads have a build of their own (build-workers.mjs). */
const bundles = {
  migrate: "server/db/migrate-main.ts",
  seed: "server/db/seed-main.ts",
  "rotate-keys": "server/db/rotate-keys-main.ts",
};

const sources = [
  ...[
    "app",
    "components",
    "server",
    "public",
    "proxy.ts",
    "instrumentation.ts",
    "next.config.mjs",
    "postcss.config.mjs",
  ],
  ...["tsconfig.json", "package.json", "package-lock.json", "scripts/lib/build.mjs", "scripts/build-workers.mjs"],
];

/** Sources that a build is made of: no tests, nothing of the Python half. */
function isBuildSource(path) {
  return !/\/server\/worker\/|\/server\/testing\/|\.test\.tsx?$|\.md$/.test(path);
}

/**
 * Builds what is stale: the bundles (`build/*.mjs`), and Next.js unless `next` is false (development serves from source).
 * @returns {Promise<{ note: string }>}
 */
export async function ensureBuild(paths, { next = true, say = () => {} } = {}) {
  const hash = hashOf(paths.root, sources, { accept: isBuildSource });
  const notes = [];
  const bundleStamp = join(paths.build, "stamp");
  if (
    !isStamped(bundleStamp, hash) ||
    !["git-worker", "search-worker", "manifest-worker", ...Object.keys(bundles)].every((name) =>
      existsSync(join(paths.build, `${name}.mjs`)),
    )
  ) {
    say("bundles");
    removeStamp(bundleStamp);
    await bundle(paths);
    writeStamp(bundleStamp, hash);
    notes.push("bundles");
  }
  const nextStamp = join(paths.dist, "millrace-stamp");
  if (next && !isStamped(nextStamp, hash)) {
    say("next build");
    removeStamp(nextStamp);
    await keepingText(join(paths.root, "tsconfig.json"), () =>
      runOrFail(process.execPath, [join(paths.root, "node_modules", "next", "dist", "bin", "next"), "build"], {
        title: "next build",
        cwd: paths.root,
        env: installerEnvironment(process.env, {
          NODE_ENV: "production",
          NEXT_TELEMETRY_DISABLED: "1",
          ...(process.env.MILLRACE_NEXT_DIST ? { MILLRACE_NEXT_DIST: process.env.MILLRACE_NEXT_DIST } : {}),
        }),
        onLine: (line) => say(line),
      }),
    );
    writeStamp(nextStamp, hash);
    notes.push("pages");
  }
  return { note: notes.length === 0 ? "unchanged" : notes.join(" and ") };
}

/**
 * Does the work and leaves the file with the text that it had, however the work ends: Next.js writes the types of a folder of its
 * own choice (MILLRACE_NEXT_DIST) into tsconfig.json.
 */
export async function keepingText(file, work) {
  const text = readFileSync(file, "utf8");
  try {
    return await work();
  } finally {
    if (readFileSync(file, "utf8") !== text) writeFileSync(file, text);
  }
}

async function bundle(paths) {
  const [{ build }, { buildWorkers }] = await Promise.all([import("esbuild"), import("../build-workers.mjs")]);
  try {
    await buildWorkers();
    await build({
      absWorkingDir: paths.root,
      entryPoints: Object.fromEntries(Object.entries(bundles).map(([name, entry]) => [name, join(paths.root, entry)])),
      outdir: paths.build,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      tsconfig: join(paths.root, "tsconfig.json"),
      sourcemap: true,
      logLevel: "silent",
    });
  } catch (error) {
    throw new SetupError(`The bundles could not be built:\n${error.message}`, null, { cause: error });
  }
}
