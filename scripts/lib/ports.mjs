import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { SetupError } from "./steps.mjs";

/** True when nothing listens on the port of this address. */
export function isPortFree(port, host = "127.0.0.1") {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      if (["EADDRINUSE", "EACCES"].includes(error.code)) resolve(false);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port that the system gave and that is free at this moment. */
export function anyFreePort(host = "127.0.0.1") {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Refuses with the way out when the port is taken. `variable` is the setting that chooses another. */
export async function requirePort(port, { variable, what, host = "127.0.0.1" }) {
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new SetupError(`${variable} must be a port number from 1 to 65535.`);
  if (await isPortFree(port, host)) return port;
  throw new SetupError(
    `Port ${port} for ${what} is in use by another program.`,
    `Stop that program, or choose another port: ${variable}=${port + 10} npm start`,
  );
}

/**
 * Ports of the demo's own parts, written down so that they stay the same from start to start where they can. One that was
 * chosen by a setting must be free; another that is taken gives way to the next free one.
 * @param {{ name: string, variable: string, what: string, first: number }[]} wanted
 */
export async function stablePorts(file, wanted, { environment = process.env } = {}) {
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const ports = {};
  for (const { name, variable, what, first } of wanted) {
    if (environment[variable]) {
      ports[name] = await requirePort(Number(environment[variable]), { variable, what });
      continue;
    }
    let port = known[name] ?? first;
    while (Object.values(ports).includes(port) || !(await isPortFree(port))) port += 1;
    ports[name] = port;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(ports, null, 2)}\n`);
  return ports;
}
