import { defineConfig } from "@playwright/test";

/**
 * End-to-end tests run against the production build, started by the global setup with a data folder and ports of its own.
 * Specs that end processes (`*.disruptive.spec.ts`) run alone, after all others.
 */
export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/support/global-setup.ts",
  fullyParallel: true,
  forbidOnly: true,
  // Continuous integration runs on machines that others use too; a test that needed its second try is reported as flaky.
  retries: process.env.CI ? 2 : 0,
  workers: 2,
  timeout: 150_000,
  expect: { timeout: 30_000 },
  outputDir: "test-results",
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    // Spinners are drawn in software.
    contextOptions: { reducedMotion: "reduce" },
    // Recording a trace takes twice the processor time of the test itself: only for a second try, or by hand with --trace on.
    trace: "on-first-retry",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.MILLRACE_CHROMIUM || undefined,
      args: [
        ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
        ...["--disable-component-update", "--disable-sync"],
      ],
    },
  },
  projects: [
    { name: "main", testMatch: "**/*.spec.ts", testIgnore: "**/*.disruptive.spec.ts" },
    { name: "disruptive", testMatch: "**/*.disruptive.spec.ts", dependencies: ["main"], fullyParallel: false },
  ],
});
