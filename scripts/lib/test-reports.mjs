import { existsSync, readFileSync } from "node:fs";

/** Counts of a vitest JSON report. A file that could not be loaded counts as one failure. */
export function readVitest(file, exitCode) {
  if (!existsSync(file)) return broken;
  const report = JSON.parse(readFileSync(file, "utf8"));
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((result) => result.status === "failed"),
  ).length;
  return honest(
    { passed: report.numPassedTests, failed: report.numFailedTests + unloaded, skipped: report.numPendingTests },
    exitCode,
  );
}

/** Counts of a JUnit XML report, as pytest writes it. */
export function readJunit(file, exitCode) {
  if (!existsSync(file)) return broken;
  const text = readFileSync(file, "utf8");
  const suites = [...text.matchAll(/<testsuite\b[^>]*>/g)].map(
    ([tag]) =>
      (name) =>
        Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? 0),
  );
  const sum = (name) => suites.reduce((count, attribute) => count + attribute(name), 0);
  const failed = sum("failures") + sum("errors");
  return honest({ passed: sum("tests") - failed - sum("skipped"), failed, skipped: sum("skipped") }, exitCode);
}

/** Counts of a Playwright JSON report. A test that passed only when repeated (see playwright.config.ts) counts as passed. */
export function readPlaywright(file, exitCode) {
  if (!existsSync(file)) return broken;
  const { stats, errors = [] } = JSON.parse(readFileSync(file, "utf8"));
  const failed = stats.unexpected + (stats.unexpected === 0 ? errors.length : 0);
  return honest({ passed: stats.expected + stats.flaky, failed, skipped: stats.skipped }, exitCode);
}

const broken = { passed: 0, failed: 1, skipped: 0 };

/** A tool that failed without naming a failed test failed all the same; so did one that ran no test. */
function honest(counts, exitCode) {
  const silent = counts.failed === 0 && (exitCode !== 0 || counts.passed === 0);
  return silent ? { ...counts, failed: 1 } : counts;
}
