/** `npm run build`: builds what is stale. */
import { ensureBuild } from "./lib/build.mjs";
import { ensurePackages } from "./lib/packages.mjs";
import { pathsFrom } from "./lib/paths.mjs";
import { createSteps, describeFailure } from "./lib/steps.mjs";

const paths = pathsFrom();
const steps = createSteps();
try {
  await steps.step("npm packages", (say) => ensurePackages(paths.root, { say }));
  await steps.step("Build", (say) => ensureBuild(paths, { say }));
} catch (error) {
  process.stderr.write(describeFailure(error));
  process.exitCode = 1;
}
