import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkDiskSpace, checkSandbox, checkTools } from "./checks.mjs";
import { ensureEngine } from "./engine.mjs";
import { ensurePackages } from "./packages.mjs";
import { openFolder, privateFolder } from "./paths.mjs";

/**
 * The part of a start that needs no service: tools, packages, engine. Each step is done once and then takes no time.
 * @returns {Promise<{ python: string, basePython: { path: string, version: string } }>}
 */
export async function install(paths, steps, environment = process.env) {
  const tools = await steps.step("Tools", async () => {
    const found = await checkTools({ environment });
    return { ...found, note: `Node ${found.node}, Python ${found.python.version}, git ${found.git}` };
  });
  const sandbox = await steps.step("Sandbox", () => checkSandbox(tools.python, { environment }));
  for (const warning of sandbox.warnings) steps.warn(warning);
  const finished = existsSync(join(paths.root, "node_modules")) && existsSync(paths.engine);
  openFolder(paths.data);
  checkDiskSpace(paths.data, { finished });
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  privateFolder(paths.run);
  await steps.step("npm packages", (say) => ensurePackages(paths.root, { say, environment }));
  const engine = await steps.step("Python engine", (say) => ensureEngine(paths, tools.python, { say, environment }));
  return { python: engine.python, basePython: tools.python };
}
