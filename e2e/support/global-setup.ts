import { startWorld } from "./world";

/** Starts one Millrace for the whole run, and stops it afterwards. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const { world, stop } = await startWorld({}, (text) => process.stdout.write(text));
  process.env.MILLRACE_E2E_DATA = world.dataFolder;
  return stop;
}
