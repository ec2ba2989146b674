import { parentPort } from "node:worker_threads";
import { AppError } from "../../core";
import type { OperationName, Operations, Progress, WorkerCall, WorkerReply } from "../operations";
import { commit } from "./commit";
import { listTree } from "./list-tree";
import { branches, committedText, createBranch, diff, discard, history, status, switchBranch } from "./local";
import { plainError } from "./plain-error";
import { clone, listRemote, pull, push } from "./remote";

type Handlers = {
  [Name in OperationName]: (
    input: Operations[Name]["input"],
    progress: Progress,
  ) => Promise<Operations[Name]["output"]>;
};
const handlers: Handlers = {
  listRemote,
  clone,
  pull,
  push,
  status,
  committedText,
  diff,
  commit,
  branches,
  createBranch,
  switchBranch,
  discard,
  history,
  listTree,
};

const port = parentPort;
if (!port) throw new Error("This file runs in a worker thread.");
const reply = (message: WorkerReply): void => port.postMessage(message);

async function answer(call: WorkerCall): Promise<void> {
  let last = 0;
  const progress: Progress = (phase, loaded, total) => {
    const now = Date.now();
    if (loaded !== total && now - last < 50) return;
    last = now;
    reply({ id: call.id, type: "progress", phase, loaded, total });
  };
  try {
    const handler = handlers[call.operation] as (input: unknown, progress: Progress) => Promise<unknown>;
    reply({ id: call.id, type: "done", output: await handler(call.input, progress) });
  } catch (error) {
    const plain = plainError(error);
    const token = "remote" in call.input ? call.input.remote.token : null;
    const cause = plain instanceof AppError && plain.cause === undefined ? null : explain(plain.cause);
    reply({
      id: call.id,
      type: "failed",
      error: JSON.parse(redact(JSON.stringify(plain.toBody()), token)),
      cause: cause === null ? null : redact(cause, token),
    });
  }
}

function explain(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function redact(text: string, token: string | null): string {
  if (token === null || token === "") return text;
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return [token, JSON.stringify(token).slice(1, -1), basic].reduce(
    (rest, secret) => rest.replaceAll(secret, "•••"),
    text,
  );
}

port.on("message", (call: WorkerCall) => void answer(call));
