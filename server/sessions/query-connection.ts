import type { Socket } from "node:net";
import type { z } from "zod";
import { protocolVersion, type queryFrameSchema } from "../contract/worker";
import type { AppError } from "../core";
import { connectionError, connectRunner, type RunnerEndpoint } from "./endpoint";
import { encodeJsonFrame } from "./frames";

export interface QueryConnectionOptions {
  readonly endpoint: RunnerEndpoint;
  /** The session's secret token. */
  readonly session: string;
  readonly query: z.infer<typeof queryFrameSchema>;
}

/** Size of one read. A Unix socket holds about 200 KiB, so that a full one is emptied in one read. */
const readBytes = 256 * 1024;
/** A shorter read is copied out, so that a trickle of small frames does not pin a whole buffer each. */
const copyBelowBytes = 64 * 1024;

/**
 * One query process's socket, as a stream of its bytes. Bytes are neither parsed nor kept: a read is handed on in the buffer
 * that the kernel filled, and the next read waits until the reader asks, so that back-pressure reaches the query process.
 */
export class QueryConnection {
  readonly stream: ReadableStream<Uint8Array>;
  /** Resolves when the socket has closed, whoever closed it; never rejects. */
  readonly closed: Promise<{ readonly bytes: number; readonly error: AppError | null }>;
  /** Called when the reader wants no more. */
  onCancel: () => void = () => undefined;
  readonly #socket: Socket;
  #buffer = Buffer.allocUnsafeSlow(readBytes);
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #finished = false;
  #cancelled = false;
  #bytes = 0;
  #error: AppError | null = null;

  constructor(options: QueryConnectionOptions) {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#socket.resume();
        },
        cancel: () => {
          this.#cancelled = true;
          this.onCancel();
          this.destroy();
        },
      },
      { highWaterMark: 0 },
    );
    this.#socket = connectRunner(options.endpoint, {
      onConnected: () => this.#ask(options),
      onread: { buffer: () => this.#buffer, callback: (length) => this.#receive(length) },
    });
    this.#socket.pause();
    this.closed = new Promise((resolve) => {
      this.#socket.once("close", () => {
        this.#finish();
        resolve({ bytes: this.#bytes, error: this.#error });
      });
    });
    this.#socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#error = connectionError(error);
    });
    this.#socket.on("end", () => this.#finish());
  }

  #ask({ session, query }: QueryConnectionOptions): void {
    // In one write: whoever hands the socket on sees the query behind the hello.
    const hello = encodeJsonFrame({ type: "hello", protocol: protocolVersion, kind: "query", session });
    this.#socket.write(Buffer.concat([hello, encodeJsonFrame(query)]));
  }

  /** Ends the query at once: its process sees the closed socket. What has been read already still reaches the reader. */
  destroy(): void {
    this.#finish();
    this.#socket.destroy();
  }

  /** Returns whether to read on: only while the reader wants more. */
  #receive(length: number): boolean {
    if (this.#finished) return false;
    this.#bytes += length;
    if (length < copyBelowBytes) {
      this.#controller.enqueue(new Uint8Array(this.#buffer.subarray(0, length)));
    } else {
      this.#controller.enqueue(this.#buffer.subarray(0, length));
      this.#buffer = Buffer.allocUnsafeSlow(readBytes);
    }
    return (this.#controller.desiredSize ?? 0) > 0;
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    if (!this.#cancelled) this.#controller.close();
  }
}
