import { protocolVersion, type RunnerStatus, runnerStatusSchema } from "../contract/worker";
import { AppError } from "../core";
import { connectionError, connectRunner, type RunnerEndpoint } from "./endpoint";
import { encodeJsonFrame, FrameReader } from "./frames";

const statusTimeoutMilliseconds = 10_000;
const maxStatusBytes = 1024 * 1024;

/** What is worth knowing of a runner, or of one that speaks for all. */
export interface RunnerState {
  readonly dbtVersion: string;
  /** What the sandbox needs and its machine lacks. */
  readonly missing: readonly string[];
}

/** Asks a runner how it is. Throws WORKER_LOST when it cannot be reached, TIMEOUT when it does not answer. */
export function readRunnerStatus(endpoint: RunnerEndpoint): Promise<RunnerStatus> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(maxStatusBytes);
    const socket = connectRunner(endpoint, {
      onConnected: () => socket.write(encodeJsonFrame({ type: "hello", protocol: protocolVersion, kind: "status" })),
    });
    socket.setTimeout(statusTimeoutMilliseconds, () => {
      socket.destroy(new AppError("TIMEOUT", "The dbt runner does not answer."));
    });
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const frame of reader.push(chunk)) {
          resolve(runnerStatusSchema.parse(JSON.parse(frame.payload.toString("utf8"))));
          socket.destroy();
        }
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on("error", (error) => reject(error instanceof AppError ? error : connectionError(error)));
    socket.on("close", () => reject(new AppError("WORKER_LOST", "The dbt runner closed the connection.")));
  });
}
