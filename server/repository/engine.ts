import { Worker } from "node:worker_threads";
import { AppError, logger, processSingleton, workerFile } from "../core";
import type { OperationName, Operations, Progress, WorkerCall, WorkerReply } from "./operations";

/** How an operation runs. */
interface RunOptions {
  /** Ends the operation (and its thread) with CANCELLED. */
  readonly signal?: AbortSignal;
  readonly onProgress?: Progress;
  /** Ends it with TIMEOUT. */
  readonly milliseconds?: number;
}

const minute = 60_000;
/** Operations that talk to a server get a thread of their own, so that ending one ends nothing else. */
const long: ReadonlySet<OperationName> = new Set(["listRemote", "clone", "pull", "push"]);
const timeLimits: Partial<Record<OperationName, number>> = {
  listRemote: minute,
  clone: 30 * minute,
  pull: 15 * minute,
  push: 15 * minute,
};
const poolSize = 2;
const memory = { maxOldGenerationSizeMb: 1024 };

interface Pending {
  readonly call: WorkerCall;
  readonly settle: (outcome: { output: unknown } | { error: AppError }) => void;
  readonly onProgress: Progress | undefined;
}

/** One thread. It does one operation at a time; when it dies, what it was doing fails and it is not used again. */
class Thread {
  private readonly worker: Worker;
  private pending: Pending | null = null;
  private ending: AppError | null = null;
  dead = false;

  constructor(file: string) {
    this.worker = new Worker(file, { resourceLimits: memory, env: {}, stdin: false, name: "git" });
    this.worker.unref();
    this.worker.on("message", (reply: WorkerReply) => this.receive(reply));
    this.worker.on("error", (error) => {
      logger().error({ err: error }, "A Git thread failed.");
      this.fail(stopped(error));
    });
    this.worker.on("exit", () => this.fail(this.ending ?? stopped()));
  }

  get idle(): boolean {
    return this.pending === null && !this.dead;
  }

  run(pending: Pending): void {
    this.pending = pending;
    this.worker.ref();
    this.worker.postMessage(pending.call);
  }

  async end(error: AppError): Promise<void> {
    this.dead = true;
    this.ending ??= error;
    await this.worker.terminate();
  }

  private receive(reply: WorkerReply): void {
    const pending = this.pending;
    if (!pending || reply.id !== pending.call.id) return;
    if (reply.type === "progress") {
      pending.onProgress?.(reply.phase, reply.loaded, reply.total);
      return;
    }
    this.pending = null;
    this.worker.unref();
    if (reply.type === "done") {
      pending.settle({ output: reply.output });
      return;
    }
    const { code, message, hint, details } = reply.error;
    pending.settle({
      error: new AppError(code, message, { hint: hint ?? undefined, details, cause: reply.cause ?? undefined }),
    });
  }

  private fail(error: AppError): void {
    this.dead = true;
    const pending = this.pending;
    this.pending = null;
    pending?.settle({ error });
  }
}

/** The pool of threads for local operations, and the queue before it. */
class Pool {
  private readonly threads: Thread[] = [];
  private readonly waiting: (() => void)[] = [];

  async take(file: string): Promise<Thread> {
    for (;;) {
      for (let index = this.threads.length - 1; index >= 0; index--)
        if (this.threads[index]?.dead) this.threads.splice(index, 1);
      const idle = this.threads.find((thread) => thread.idle && !this.taken.has(thread));
      const thread = idle ?? (this.threads.length < poolSize ? new Thread(file) : null);
      if (thread) {
        if (!idle) this.threads.push(thread);
        this.taken.add(thread);
        return thread;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  give(thread: Thread): void {
    this.taken.delete(thread);
    this.waiting.shift()?.();
  }

  private readonly taken = new Set<Thread>();
}

let calls = 0;

/**
 * Runs one Git operation off the event loop and returns its output. Throws the operation's AppError, CANCELLED when the signal fires,
 * TIMEOUT past its time, WORKER_LOST when its thread dies. When it throws, the thread no longer touches any file.
 */
export async function runGit<Name extends OperationName>(
  operation: Name,
  input: Operations[Name]["input"],
  options: RunOptions = {},
): Promise<Operations[Name]["output"]> {
  if (options.signal?.aborted) throw cancelled();
  const file = await workerFile("git");
  const own = long.has(operation);
  const pool = processSingleton("git-pool", () => new Pool());
  const thread = own ? new Thread(file) : await pool.take(file);
  const limit = options.milliseconds ?? timeLimits[operation] ?? 2 * minute;
  const timer = setTimeout(() => void thread.end(timedOut()), limit);
  const onAbort = () => void thread.end(cancelled());
  try {
    if (options.signal?.aborted) throw cancelled();
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const output = await new Promise<unknown>((resolve, reject) => {
      thread.run({
        call: { id: ++calls, operation, input },
        onProgress: options.onProgress,
        settle: (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.output)),
      });
    });
    return output as Operations[Name]["output"];
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    if (own) await thread.end(cancelled());
    else pool.give(thread);
  }
}

function stopped(cause?: unknown): AppError {
  return new AppError("WORKER_LOST", "The Git operation stopped unexpectedly.", {
    hint: "Nothing was lost. Try again.",
    cause,
  });
}

function cancelled(): AppError {
  return new AppError("CANCELLED", "The Git operation was cancelled.");
}

function timedOut(): AppError {
  return new AppError("TIMEOUT", "The Git operation took too long and was ended.", {
    hint: "Nothing was lost. Try again.",
  });
}
