import { readFileSync } from "node:fs";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { defaultEngine } from "../contract/engines";
import { AppError, logger } from "../core";
import type { RunnerEndpoint, TlsIdentity } from "./endpoint";
import type { PlacementRequest, RunnerPlacement } from "./placement";
import type { RunnerState } from "./runner-status";

export interface NatsPlacementOptions {
  readonly natsUrl: string;
  readonly identity: TlsIdentity;
}

/** A dot would end a part of a subject (the runner's side: scripts/lib/announcer.mjs). */
const part = (engine: string) => engine.replaceAll(".", "_");
/** Queue group of an engine's runners with room: exactly one of them answers. `place.ENGINE.RUNNER` asks that one. */
const placeSubject = (engine: string) => `millrace.runner.place.${part(engine)}`;
/** Queue group of all runners of an engine, full ones too. */
const stateSubject = (engine: string) => `millrace.runner.state.${part(engine)}`;
const answerMilliseconds = 2_000;
/** The project's own runner is asked first, but not for long. */
const firstAnswerMilliseconds = 500;
/** How often the queue group is asked when it answers with a runner that has just failed. */
const mostAsked = 6;

const answerSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("place"), runner: z.string().min(1), host: z.string().min(1), port: z.number().int() }),
  /** It filled up while the question was on its way. */
  z.object({ type: z.literal("full"), runner: z.string().min(1) }),
]);
type Answer = z.infer<typeof answerSchema>;
const stateSchema = z.object({ dbtVersion: z.string(), missing: z.array(z.string()) });

/**
 * Finds runners of other machines over core NATS (docs/decisions/2026-11-21-runners-over-tls.md). Questions name nothing but
 * the engine; answers hold an address. Sessions and rows go over TLS to that address and never through here.
 */
export class NatsPlacement implements RunnerPlacement {
  readonly #options: NatsPlacementOptions;
  /** The runner that each project's people were last put on, by engine and project. */
  readonly #preferred = new Map<string, string>();
  #connection: Promise<NatsConnection> | null = null;
  /** NATS is away, and its client tries to get back. */
  #away = false;

  constructor(options: NatsPlacementOptions) {
    this.#options = options;
  }

  async place({ projectId, engine, avoid }: PlacementRequest): Promise<RunnerEndpoint> {
    const subject = placeSubject(engine);
    const key = `${engine}/${projectId}`;
    const known = this.#preferred.get(key);
    let answer: Answer | null = null;
    if (known !== undefined && !avoid.has(known))
      answer = await this.#ask(`${subject}.${known}`, firstAnswerMilliseconds);
    for (let asked = 0; asked < mostAsked; asked++) {
      if (answer?.type === "place" && !avoid.has(answer.runner)) {
        this.#preferred.set(key, answer.runner);
        const { host, port, runner } = answer;
        return { kind: "tls", host, port, runner, identity: this.#options.identity };
      }
      const next = await this.#ask(subject);
      if (next === null) break;
      answer = next;
    }
    this.#preferred.delete(key);
    throw (await this.#request(stateSubject(engine))) === null ? noRunner() : allFull();
  }

  async state(): Promise<RunnerState> {
    const state = await this.#request(stateSubject(defaultEngine));
    if (state === null) throw noRunner();
    return stateSchema.parse(state);
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await (await connection)?.close();
  }

  async #ask(subject: string, timeout = answerMilliseconds): Promise<Answer | null> {
    const answer = await this.#request(subject, timeout);
    return answer === null ? null : answerSchema.parse(answer);
  }

  /** The answer to an empty question; null when nobody listens there, or whoever does is silent. */
  async #request(subject: string, timeout = answerMilliseconds): Promise<unknown> {
    const { errors } = await import("@nats-io/transport-node");
    const connection = await this.#connect();
    try {
      return (await connection.request(subject, undefined, { timeout })).json();
    } catch (error) {
      if (error instanceof errors.RequestError && error.isNoResponders()) return null;
      if (error instanceof errors.NoRespondersError) return null;
      if (error instanceof errors.TimeoutError && !this.#away) {
        logger().warn({ subject }, "A runner did not answer the question for a place.");
        return null;
      }
      throw unreachable(error);
    }
  }

  #connect(): Promise<NatsConnection> {
    this.#connection ??= this.#open().catch((error: unknown) => {
      this.#connection = null;
      throw unreachable(error);
    });
    return this.#connection;
  }

  async #open(): Promise<NatsConnection> {
    const { connect } = await import("@nats-io/transport-node");
    const url = new URL(this.#options.natsUrl);
    const { ca, certificate, key } = this.#options.identity.files;
    const connection = await connect({
      servers: url.host,
      name: "millrace web",
      timeout: 5_000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
      pingInterval: 10_000,
      ...(url.username === ""
        ? {}
        : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }),
      ...(url.protocol === "tls:" ? { tls: { ca: text(ca), cert: text(certificate), key: text(key) } } : { tls: null }),
    });
    this.#watch(connection).catch((error: unknown) => logger().warn({ err: error }, "NATS is not watched any more."));
    connection.closed().then((error) => {
      this.#connection = null;
      if (error) logger().warn({ err: error }, "The connection to NATS has closed.");
    });
    return connection;
  }

  async #watch(connection: NatsConnection): Promise<void> {
    this.#away = false;
    for await (const { type } of connection.status()) {
      if (type !== "disconnect" && type !== "reconnect") continue;
      this.#away = type === "disconnect";
      logger().warn({ away: this.#away }, this.#away ? "NATS is away." : "NATS is back.");
    }
  }
}

function text(file: string): string {
  return readFileSync(file, "utf8");
}

function noRunner(): AppError {
  return new AppError("WORKER_LOST", "No dbt runner answers.", {
    hint: "They may be restarting: try again in a few seconds, then ask your administrator to look at the runners.",
  });
}

function allFull(): AppError {
  return new AppError("LIMIT_REACHED", "Every dbt runner is full at the moment.", {
    hint: "Try again in a few minutes: sessions that nobody uses are let go.",
    details: { limit: "runner" },
  });
}

function unreachable(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError("WORKER_LOST", "Millrace cannot ask for a dbt runner, because NATS does not answer.", {
    hint: "Ask your administrator to look at NATS and at MILLRACE_NATS_URL.",
    cause: error,
  });
}
