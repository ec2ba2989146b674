import type { Socket } from "node:net";
import type { z } from "zod";
import type { ErrorBody } from "../contract/errors";
import { frameKinds } from "../contract/rows";
import {
  type credentialsFrameSchema,
  eventSchema,
  responseSchema,
  resultSchemas,
  type SessionHello,
  type templateFrameSchema,
  type WorkerEvent,
  type WorkerMethod,
  type WorkerRequest,
} from "../contract/worker";
import { AppError, logger } from "../core";
import { connectionError, connectRunner, type RunnerEndpoint } from "./endpoint";
import { encodeJsonFrame, FrameReader } from "./frames";

type Params<Method extends WorkerMethod> = Extract<WorkerRequest, { method: Method }>["params"];
export type Result<Method extends WorkerMethod> = z.infer<(typeof resultSchemas)[Method]>;
export type ReadyEvent = Extract<WorkerEvent, { type: "ready" }>;

/** Everything that a session is told when it starts. Only `credentials` holds secrets. */
export interface SessionOpening {
  readonly hello: SessionHello;
  readonly template: z.infer<typeof templateFrameSchema>;
  readonly credentials: z.infer<typeof credentialsFrameSchema>;
}

export interface WorkerConnectionOptions {
  readonly endpoint: RunnerEndpoint;
  readonly opening: SessionOpening;
  readonly onEvent: (event: WorkerEvent) => void;
  /** Called once, when the connection has ended without `close()`: the worker died, or the runner is gone. */
  readonly onLost: (error: AppError) => void;
}

/** A session's answers are indexes and compiled SQL; a larger frame is a worker gone wrong. */
const maxControlFrameBytes = 128 * 1024 * 1024;

interface Pending {
  readonly method: WorkerMethod;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One session's socket to the runner: hello, template and credentials frames, then requests, responses and events until end
 * of file. Closing it ends the session and every query of it. It opens nothing else and knows nothing of people or policy.
 */
export class WorkerConnection {
  readonly ready: Promise<ReadyEvent>;
  readonly #socket: Socket;
  readonly #options: WorkerConnectionOptions;
  readonly #reader = new FrameReader(maxControlFrameBytes);
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #closed = false;
  #failure: AppError | null = null;
  #resolveReady!: (event: ReadyEvent) => void;
  #rejectReady!: (error: AppError) => void;

  constructor(options: WorkerConnectionOptions) {
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // Whoever waits for `ready` gets the error, and `onLost` hears it; that nobody waits is no defect of the process.
    this.ready.catch((error: unknown) => logger().debug({ err: error }, "A dbt session ended before it was ready."));
    this.#socket = connectRunner(options.endpoint, { onConnected: () => this.#greet() });
    this.#socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#fail(connectionError(error)));
    this.#socket.on("close", () => this.#fail(workerLost()));
  }

  #greet(): void {
    const { hello, template, credentials } = this.#options.opening;
    for (const frame of [hello, template, credentials]) this.#socket.write(encodeJsonFrame(frame));
  }

  get open(): boolean {
    return !this.#closed;
  }

  /**
   * Asks the session and waits for its answer. Throws the worker's own AppError, TIMEOUT after `timeoutMs`, or WORKER_LOST
   * when the session ends first. Requests are answered in order.
   */
  request<Method extends WorkerMethod>(
    method: Method,
    params: Params<Method>,
    timeoutMs: number,
  ): Promise<Result<Method>> {
    if (this.#closed) return Promise.reject(this.#failure ?? workerLost());
    const id = this.#nextId++;
    return new Promise<Result<Method>>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(
          new AppError("TIMEOUT", `The dbt session did not answer within ${Math.round(timeoutMs / 1000)} seconds.`, {
            details: { method },
          }),
        );
      }, timeoutMs);
      this.#pending.set(id, { method, resolve: resolve as (value: unknown) => void, reject, timer });
      this.#socket.write(encodeJsonFrame({ type: "request", id, method, params }));
    });
  }

  /** Ends the session at once. What still waits is refused with `reason`. */
  close(reason: AppError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#settle(reason);
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      for (const frame of this.#reader.push(chunk)) {
        if (frame.kind !== frameKinds.json) throw new Error("rows on a session's control connection");
        this.#dispatch(JSON.parse(frame.payload.toString("utf8")));
        if (this.#closed) return;
      }
    } catch (error) {
      this.#fail(
        new AppError("WORKER_LOST", "The dbt session sent something that Millrace does not understand and was ended.", {
          cause: error,
        }),
      );
    }
  }

  #dispatch(message: unknown): void {
    if (isResponse(message)) {
      this.#answer(responseSchema.parse(message));
      return;
    }
    const event = eventSchema.parse(message);
    if (event.type === "fatal") {
      this.#fail(AppError.fromBody(event.error));
      return;
    }
    this.#options.onEvent(event);
    if (event.type === "ready") this.#resolveReady(event);
  }

  #answer(response: { id: number; result?: unknown; error: ErrorBody | null }): void {
    const pending = this.#pending.get(response.id);
    if (!pending) return;
    this.#pending.delete(response.id);
    clearTimeout(pending.timer);
    if (response.error) {
      pending.reject(AppError.fromBody(response.error));
      return;
    }
    const result = resultSchemas[pending.method].safeParse(response.result);
    if (result.success) pending.resolve(result.data);
    else {
      pending.reject(
        new AppError("INTERNAL", "The dbt session's answer has the wrong shape.", {
          details: { method: pending.method },
          cause: result.error,
        }),
      );
    }
  }

  #fail(error: AppError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#settle(error);
    this.#socket.destroy();
    this.#options.onLost(error);
  }

  #settle(error: AppError): void {
    this.#failure = error;
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(error);
    }
    this.#pending.clear();
    this.#rejectReady(error);
  }
}

function isResponse(message: unknown): boolean {
  return typeof message === "object" && message !== null && "type" in message && message.type === "response";
}

function workerLost(): AppError {
  return new AppError("WORKER_LOST", "The dbt session's process ended unexpectedly.", {
    hint: "A fresh one starts with your next edit or preview. Your unsaved text is kept.",
  });
}
