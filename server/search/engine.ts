import { Worker } from "node:worker_threads";
import type { SearchFile } from "../contract/search";
import { AppError, logger, processSingleton, workerFile } from "../core";
import { position, type SearchCall, type SearchReply, stopped } from "./messages";

/** How long an expression may spend on one file, and a search in all. */
export interface SearchLimits {
  readonly fileMilliseconds: number;
  readonly milliseconds: number;
}
const defaultLimits: SearchLimits = { fileMilliseconds: 3_000, milliseconds: 60_000 };

/** A search holds a core, so few run at once; the others wait their turn. */
const mostThreads = 2;
/** A thread that was asked to stop and has not is ended. */
const patienceMilliseconds = 150;
const memory = { maxOldGenerationSizeMb: 512 };

/** What a scan that came to its end says. */
export type Outcome = { readonly searched: number; readonly tooLarge: number; readonly limited: boolean };
export type Scan = Omit<SearchCall, "id" | "shared">;

/** A thread and what it does. It lives on for the next search, unless it had to be ended. */
class Thread {
  private readonly worker: Worker;
  private hear: ((reply: SearchReply) => void) | null = null;
  private fail: ((error: AppError) => void) | null = null;
  dead = false;
  busy = false;

  constructor(file: string) {
    this.worker = new Worker(file, { resourceLimits: memory, env: {}, stdin: false, name: "search" });
    this.worker.on("message", (reply: SearchReply) => this.hear?.(reply));
    this.worker.on("error", (error) => {
      logger().error({ err: error }, "A search thread failed.");
      this.end(new AppError("WORKER_LOST", "The search stopped unexpectedly.", { hint: "Try again.", cause: error }));
    });
    this.worker.unref();
  }

  run(call: SearchCall, hear: (reply: SearchReply) => void, fail: (error: AppError) => void): void {
    this.hear = hear;
    this.fail = fail;
    this.worker.ref();
    this.worker.postMessage(call);
  }

  rest(): void {
    this.hear = null;
    this.fail = null;
    this.busy = false;
    this.worker.unref();
  }

  end(error: AppError): void {
    this.dead = true;
    this.fail?.(error);
    this.worker
      .terminate()
      .catch((failure: unknown) => logger().warn({ err: failure }, "A search thread did not end."));
  }
}

class Pool {
  private threads: Thread[] = [];
  private readonly waiting: (() => void)[] = [];

  async take(file: string, signal: AbortSignal): Promise<Thread> {
    for (;;) {
      if (signal.aborted) throw cancelled();
      this.threads = this.threads.filter((thread) => !thread.dead);
      let thread = this.threads.find((candidate) => !candidate.busy);
      if (!thread && this.threads.length < mostThreads) {
        thread = new Thread(file);
        this.threads.push(thread);
      }
      if (thread) {
        thread.busy = true;
        return thread;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  give(thread: Thread): void {
    thread.rest();
    for (const wake of this.waiting.splice(0)) wake();
  }
}

let calls = 0;

/**
 * Runs one scan off the event loop; `found` hears of files as they are found. Throws INVALID_INPUT for a bad expression, LIMIT_REACHED
 * when an expression does not come to an end, TIMEOUT, CANCELLED when the signal fires, WORKER_LOST.
 */
export async function scan(
  input: Scan,
  found: (files: SearchFile[]) => void,
  { signal, limits = defaultLimits }: { signal: AbortSignal; limits?: SearchLimits },
): Promise<Outcome> {
  const file = await workerFile("search");
  const pool = processSingleton("search-pool", () => new Pool());
  const thread = await pool.take(file, signal);
  const call: SearchCall = { ...input, id: ++calls, shared: new SharedArrayBuffer(8) };
  const guard = watch(call, thread, limits);
  const stop = () => guard.stop();
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      signal.addEventListener("abort", stop, { once: true });
      const hear = (reply: SearchReply) => {
        if (reply.id !== call.id) return;
        if (reply.type === "found") found(reply.files);
        else if (reply.type === "refused")
          reject(new AppError("INVALID_INPUT", reply.message, { hint: reply.hint ?? undefined }));
        else if (signal.aborted) reject(cancelled());
        else resolve({ searched: reply.searched, tooLarge: reply.tooLarge, limited: reply.limited });
      };
      thread.run(call, hear, reject);
      if (signal.aborted) stop();
    });
  } finally {
    guard.over();
    signal.removeEventListener("abort", stop);
    pool.give(thread);
  }
}

/** Ends a thread that stays in one file, or that does not stop. */
function watch(call: SearchCall, thread: Thread, limits: SearchLimits): { stop(): void; over(): void } {
  const shared = new Int32Array(call.shared);
  const started = performance.now();
  let last = { position: -1, at: started };
  let patience: NodeJS.Timeout | undefined;
  const look = () => {
    const now = performance.now();
    const current = Atomics.load(shared, position);
    if (current !== last.position) last = { position: current, at: now };
    else if (now - last.at >= limits.fileMilliseconds) thread.end(tooSlow());
    if (now - started >= limits.milliseconds) thread.end(timedOut());
  };
  const timer = setInterval(look, Math.min(250, limits.fileMilliseconds / 4));
  return {
    stop() {
      Atomics.store(shared, stopped, 1);
      patience ??= setTimeout(() => thread.end(cancelled()), patienceMilliseconds);
    },
    over() {
      clearInterval(timer);
      clearTimeout(patience);
    },
  };
}

function cancelled(): AppError {
  return new AppError("CANCELLED", "The search was cancelled.");
}

function tooSlow(): AppError {
  return new AppError("LIMIT_REACHED", "The expression takes too long on one of the files, so the search was ended.", {
    hint: "Repetitions inside repetitions, such as (a+)+, try endless combinations. Make the expression more exact.",
  });
}

function timedOut(): AppError {
  return new AppError("TIMEOUT", "The search took too long and was ended.", { hint: "Name the files to include." });
}
