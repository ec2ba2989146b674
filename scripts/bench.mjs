/**
 * npm run bench -- NAME [--project DIR] [--profiles-dir DIR] [--target T] [--model NAME] [--rounds N] [--rows N]
 *
 * Bundles bench/ and runs one benchmark of it: Millrace and its peer side by side in one run, interleaved. Prints a table for
 * people and one line of JSON, last.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ensureBrowser } from "./lib/browser.mjs";
import { pathsFrom, root } from "./lib/paths.mjs";

const paths = pathsFrom();
const python = process.env.MILLRACE_PYTHON || join(paths.engine, "bin", "python");
if (!existsSync(python)) {
  console.error(`There is no engine at ${python}. Run "npm start" once (it makes one), or set MILLRACE_PYTHON.`);
  process.exit(1);
}
const output = join(paths.build, "bench");
mkdirSync(output, { recursive: true });
await build({
  entryPoints: ["main", "http-server", "http-client"].map((name) => join(root, "bench", `${name}.ts`)),
  outdir: output,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  alias: { "@": root },
  logLevel: "error",
});
if (["editor", "graph"].includes(process.argv[2] ?? "")) {
  const { executable } = await ensureBrowser({ say: (line) => console.error(line) });
  process.env.MILLRACE_CHROMIUM = executable;
}
const { main } = await import(pathToFileURL(join(output, "main.mjs")).href);
process.exitCode = await main(process.argv.slice(2), { python, paths, output });
