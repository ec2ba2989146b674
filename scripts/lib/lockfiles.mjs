import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const files = ["package-lock.json", ".npmrc", "server/worker/requirements.lock", "server/worker/requirements-dev.lock"];

/**
 * Lock files name packages and hashes, never the host that they came from: each machine has its own registry.
 * @returns {string[]} what is wrong, empty when all is well
 */
export function checkLockfiles(root) {
  const missing = files.filter((file) => !existsSync(join(root, file)));
  const problems = missing.map((file) => `${file} is missing.`);
  for (const file of files.filter((name) => !missing.includes(name))) {
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .forEach((line, index) => {
        if (
          /"resolved":|^registry\s*=|^--(index-url|extra-index-url|find-links|trusted-host)|^[^#]*@ *(https?|git|file):/.test(
            line.trim(),
          )
        ) {
          problems.push(`${file}:${index + 1} names where a package comes from: ${line.trim().slice(0, 120)}`);
        }
      });
  }
  for (const lock of files.filter((file) => file.endsWith(".lock") && !missing.includes(file))) {
    const text = readFileSync(join(root, lock), "utf8");
    const unhashed = text.match(/^[A-Za-z0-9][^\\\n]*==[^\\\n]*$/gm) ?? [];
    problems.push(...unhashed.map((line) => `${lock}: no hash for ${line}`));
  }
  return problems;
}
