import { endExpiredSignIns } from "../auth";
import { config, events, logger, processSingleton } from "../core";
import { closeNotifications, startEventBridge } from "../db";
import { removeLeftovers } from "../production";
import { sessionService } from "../sessions";

/** How often expired sign-ins are looked for; a request of an expired sign-in is refused at once in any case. */
const sweepMilliseconds = 15_000;

/** Starts what a web process does besides answering: it hears the others' events and ends what has expired. */
export function startWebProcess(): Promise<void> {
  return processSingleton("webProcess", start);
}

async function start(): Promise<void> {
  const { baseUrl, demo } = config();
  await startEventBridge();
  sessionService();
  const tidy = () =>
    removeLeftovers().catch((error: unknown) => logger().warn({ err: error }, "Old manifests could not be removed."));
  tidy();
  events.on("environmentChanged", tidy);
  events.on("projectRemoved", tidy);
  const sweep = setInterval(() => {
    endExpiredSignIns().catch((error: unknown) =>
      logger().error({ err: error }, "Expired sign-ins could not be ended."),
    );
  }, sweepMilliseconds);
  sweep.unref();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      clearInterval(sweep);
      const released = sessionService().close();
      logger().info({ signal }, "The web process stops; its dbt sessions end with it.");
      released
        .then(closeNotifications)
        .catch((error: unknown) => logger().warn({ err: error }, "The listening connection did not close."));
    });
  }
  logger().info({ baseUrl, demo }, "The web process serves.");
}
