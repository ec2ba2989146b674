import { largestCloneMegabytes, startWorld } from "./world";

/**
 * Starts one Millrace for the whole run, and stops it afterwards. While writing specs, a Millrace that runs already is quicker:
 * start it with MILLRACE_TEST_ORGANISATIONS=60, and name its data folder in MILLRACE_E2E_DATA.
 */
export default async function globalSetup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.MILLRACE_E2E_DATA) return undefined;
  const { world, stop } = await startWorld({ MILLRACE_GIT_MAX_MB: String(largestCloneMegabytes) }, (text) =>
    process.stdout.write(text),
  );
  process.env.MILLRACE_E2E_DATA = world.dataFolder;
  return stop;
}
