import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const resolve = { alias: { "@": fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "") } };

export default defineConfig({
  resolve,
  test: {
    // Vitest would leave one of two cores free, but most of these tests wait for other processes.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      {
        resolve,
        test: {
          name: "server",
          environment: "node",
          include: ["server/**/*.test.ts", "app/**/*.test.ts", "proxy.test.ts"],
          globalSetup: ["server/testing/postgres-global.ts"],
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        test: { name: "scripts", environment: "node", include: ["scripts/**/*.test.mjs"], testTimeout: 30_000 },
      },
      {
        resolve,
        test: {
          name: "browser",
          environment: "node",
          include: ["components/**/*.test.{ts,tsx}"],
          testTimeout: 10_000,
          // Reading the same modules again for each file costs more than all else; a test puts back what it replaced.
          isolate: false,
        },
      },
    ],
  },
});
