import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { anyFreePort } from "../lib/ports.mjs";
import { SetupError } from "../lib/steps.mjs";

/**
 * Starts a whole Millrace in the production build, with the demo world on a data folder of its own and free ports.
 * @returns {Promise<{ address: string, data: string, databaseUrl: string, adminUrl: string, ports: object, stop: () => Promise<void> }>}
 */
export async function startWorld(data) {
  const ports = new Set();
  while (ports.size < 4) ports.add(await anyFreePort());
  const [web, postgres, oidc, git] = [...ports].map(String);
  const child = spawn(process.execPath, [join(root, "scripts", "start.mjs")], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C in a terminal reaches a whole process group: this one is stopped by us, in order.
    detached: true,
    env: {
      ...process.env,
      MILLRACE_DATA: data,
      MILLRACE_DEMO: "on",
      DATABASE_URL: "",
      MILLRACE_RUNNER_SOCKET: "",
      MILLRACE_LOG_LEVEL: "trace",
      MILLRACE_POSTGRES_PORT: postgres,
      MILLRACE_DEMO_OIDC_PORT: oidc,
      MILLRACE_DEMO_GIT_PORT: git,
      PORT: web,
      HOST: "127.0.0.1",
      NEXTAUTH_URL: `http://localhost:${web}`,
    },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await ended;
  };
  let output = "";
  await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (/^Ready in /m.test(output)) resolve();
      });
    }
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new SetupError(`The Millrace of the proof did not start (exit code ${code}).\n\n${output.trim()}`)),
    );
  });
  const { address, databaseUrl } = JSON.parse(readFileSync(join(data, "run", "demo.json"), "utf8"));
  const adminUrl = new URL(databaseUrl);
  adminUrl.username = "postgres";
  return { address, data, databaseUrl, adminUrl: adminUrl.href, ports: { postgres, oidc, git }, stop };
}
