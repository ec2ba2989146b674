import { type Browser, chromium } from "@playwright/test";
import { currentWorld, startWorld, type World } from "../../e2e/support/world";

/** Runs `measure` with a Chromium and a Millrace of its own, unless `MILLRACE_E2E_DATA` names the data folder of one that runs. */
export async function inBrowser<Result>(measure: (browser: Browser, world: World) => Promise<Result>): Promise<Result> {
  const own = process.env.MILLRACE_E2E_DATA ? null : await startWorld();
  try {
    const browser = await chromium.launch({
      executablePath: process.env.MILLRACE_CHROMIUM || undefined,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    });
    try {
      return await measure(browser, own?.world ?? currentWorld());
    } finally {
      await browser.close();
    }
  } finally {
    await own?.stop();
  }
}
