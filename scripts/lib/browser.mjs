import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { installerEnvironment } from "./environment.mjs";
import { root } from "./paths.mjs";
import { run } from "./processes.mjs";
import { SetupError } from "./steps.mjs";

// The shell without windows first: the same engine for a quarter of the processor time.
const installed = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
];

/**
 * A Chromium for the end-to-end tests: `MILLRACE_CHROMIUM`, the system's, the one Playwright downloaded earlier; else apt
 * (Debian, as root), else Playwright's own download.
 * @returns {Promise<{ executable: string, note: string }>}
 */
export async function ensureBrowser({ say = () => {}, environment = process.env } = {}) {
  const found = findBrowser(environment);
  if (found) return { executable: found, note: found };
  const env = installerEnvironment(environment, { DEBIAN_FRONTEND: "noninteractive" });
  if (process.getuid?.() === 0 && isDebian()) {
    await run("apt-get", ["update", "-q"], { env, onLine: say });
    for (const name of ["chromium-headless-shell", "chromium"]) {
      if (findBrowser(environment)) break;
      say(`apt-get install ${name}`);
      await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", name], { env, onLine: say });
    }
  }
  if (!findBrowser(environment)) {
    say("Playwright's own download");
    await run(process.execPath, [join(root, "node_modules", "playwright", "cli.js"), "install", "chromium"], {
      env,
      onLine: say,
    });
  }
  const executable = findBrowser(environment);
  if (executable) return { executable, note: "installed" };
  throw new SetupError(
    "The end-to-end tests need Chromium, and it could not be installed.",
    "On Debian or Ubuntu: apt-get install chromium. Elsewhere: npx playwright install --with-deps chromium, or name one with MILLRACE_CHROMIUM.",
  );
}

/** The Chromium that is there already, or null. */
export function findBrowser(environment = process.env) {
  const candidates = [environment.MILLRACE_CHROMIUM, ...installed, downloadedByPlaywright()];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

function downloadedByPlaywright() {
  const { chromium } = createRequire(join(root, "package.json"))("playwright-core");
  return chromium.executablePath();
}

/** Debian, Ubuntu and their kin. */
export function isDebian() {
  return existsSync("/etc/os-release") && /^ID(_LIKE)?=.*debian/m.test(readFileSync("/etc/os-release", "utf8"));
}
