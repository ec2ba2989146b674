import { sql } from "drizzle-orm";
import pg from "pg";
import { config, type EventMap, type EventName, events, logger, processSingleton } from "../core";
import { database } from "./client";

type Handler = (payload: unknown) => void;

/** PostgreSQL refuses payloads of 8,000 bytes and more. */
const maxPayloadBytes = 7900;

/**
 * One connection of this process that listens. When it is lost it connects again, with a growing pause of up to 5 s; what was
 * sent meanwhile is missed, so listeners are told through `onReconnect` that anything may have changed.
 */
class Listener {
  private readonly handlers = new Map<string, Set<Handler>>();
  private client: pg.Client | null = null;
  private opening: Promise<void> | null = null;
  private closed = false;
  private pause = 100;
  private timer: NodeJS.Timeout | null = null;
  readonly reconnected = new Set<() => void>();

  async add(channel: string, handler: Handler): Promise<() => void> {
    const set = this.handlers.get(channel) ?? new Set();
    this.handlers.set(channel, set);
    set.add(handler);
    if (this.client === null) await this.open();
    else await this.client.query(`listen ${pg.escapeIdentifier(channel)}`);
    return () => set.delete(handler);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.client?.end();
    this.client = null;
  }

  private open(): Promise<void> {
    this.opening ??= this.connect().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: config().databaseUrl,
      application_name: "millrace listen",
      keepAlive: true,
    });
    client.on("notification", (message) => this.deliver(message.channel, message.payload ?? "null"));
    client.on("error", (error) => logger().warn({ err: error }, "The listening database connection was lost."));
    client.on("end", () => {
      if (this.client === client) this.lost();
    });
    await client.connect();
    for (const channel of this.handlers.keys()) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    this.client = client;
    this.pause = 100;
  }

  private lost(): void {
    this.client = null;
    if (this.closed) return;
    this.timer = setTimeout(() => {
      this.open().then(
        () => {
          for (const callback of this.reconnected) callback();
        },
        (error: unknown) => {
          logger().warn({ err: error }, "The database cannot be reached; trying again.");
          this.pause = Math.min(this.pause * 2, 5000);
          this.lost();
        },
      );
    }, this.pause);
    this.timer.unref();
  }

  private deliver(channel: string, payload: string): void {
    for (const handler of [...(this.handlers.get(channel) ?? [])]) {
      try {
        handler(JSON.parse(payload));
      } catch (error) {
        logger().error({ err: error, channel }, "A notification could not be handled.");
      }
    }
  }
}

function listener(): Listener {
  return processSingleton("listener", () => new Listener());
}

/** Calls `handler` with each JSON payload sent on a channel, by any process, until the returned function is called. */
export function listen(channel: string, handler: Handler): Promise<() => void> {
  return listener().add(channel, handler);
}

/** Sends a small JSON payload to every process that listens on the channel. */
export async function notify(channel: string, payload: unknown): Promise<void> {
  const text = JSON.stringify(payload);
  if (Buffer.byteLength(text) > maxPayloadBytes) throw new Error(`A notification on ${channel} is too large.`);
  await database().execute(sql`select pg_notify(${channel}, ${text})`);
}

const eventChannel = "millrace_events";
const bridged = [
  "policyChanged",
  "signInSessionEnded",
  "membershipChanged",
  "projectRemoved",
  "environmentChanged",
  "workspaceRemoved",
  "sessionLimitsChanged",
] as const;

interface BridgedEvent {
  origin: string;
  name: EventName;
  payload: EventMap[EventName];
}

/**
 * Carries the events that concern authorisation between web processes, so that a switch turned in one ends previews in all.
 * Every process also checks the database when work starts, so a missed notification delays an end but never allows a start.
 */
export async function startEventBridge(): Promise<void> {
  const origin = crypto.randomUUID();
  for (const name of bridged) {
    events.on(name, (payload, source) => {
      if (source.remote) return;
      notify(eventChannel, { origin, name, payload } satisfies BridgedEvent).catch((error: unknown) =>
        logger().error({ err: error, event: name }, "An event could not be sent to the other web processes."),
      );
    });
  }
  await listen(eventChannel, (message) => {
    const event = message as BridgedEvent;
    if (event.origin !== origin) events.emit(event.name, event.payload, { remote: true });
  });
}

/** Runs `callback` each time the listening connection was lost and is back: notifications may have been missed. */
export function onReconnect(callback: () => void): () => void {
  const callbacks = listener().reconnected;
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}

/** Stops listening; called at shutdown. */
export function closeNotifications(): Promise<void> {
  return listener().close();
}
