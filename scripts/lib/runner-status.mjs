import { connect } from "node:net";

const json = 0x4a;
const headerBytes = 5;

/**
 * Asks the runner on a Unix socket how it is (`runnerStatusSchema` of server/contract/worker.ts).
 * @returns {Promise<{ dbtVersion: string, sandbox: { missing: string[] }, sessions: number, maxSessions: number, draining: boolean }>}
 */
export function readRunnerStatus(socketPath, { milliseconds = 5_000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    const chunks = [];
    socket.setTimeout(milliseconds, () => socket.destroy(new Error("The runner does not answer.")));
    socket.once("error", reject);
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.once("close", () => {
      const answer = Buffer.concat(chunks);
      if (answer.length < headerBytes) reject(new Error("The runner closed the connection."));
      else resolve(JSON.parse(answer.subarray(headerBytes).toString("utf8")));
    });
    const hello = Buffer.from(JSON.stringify({ type: "hello", protocol: 1, kind: "status" }));
    const header = Buffer.alloc(headerBytes);
    header.writeUInt8(json, 0);
    header.writeUInt32LE(hello.length, 1);
    socket.write(Buffer.concat([header, hello]));
  });
}
