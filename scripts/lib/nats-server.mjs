import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isDebian } from "./browser.mjs";
import { installerEnvironment } from "./environment.mjs";
import { run } from "./processes.mjs";

/**
 * A NATS server for the tests of several machines: the one in PATH or where Debian puts it, else apt (Debian, as root).
 * Without one those tests fail, and say what to install.
 * @returns {Promise<{ note: string }>}
 */
export async function ensureNatsServer({ say = () => {}, environment = process.env } = {}) {
  const found = findNatsServer(environment);
  if (found) return { note: found };
  if (process.getuid?.() !== 0 || !isDebian()) return { note: missing };
  say("apt-get install nats-server");
  const env = installerEnvironment(environment, { DEBIAN_FRONTEND: "noninteractive" });
  await run("apt-get", ["update", "-q"], { env, onLine: say });
  await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", "nats-server"], { env, onLine: say });
  return { note: findNatsServer(environment) ?? missing };
}

const missing = "not found: on Debian or Ubuntu, apt-get install nats-server";

function findNatsServer({ PATH = "" }) {
  const folders = [...PATH.split(delimiter), "/usr/sbin", "/usr/local/bin"];
  return folders.map((folder) => join(folder, "nats-server")).find((file) => existsSync(file)) ?? null;
}
