/** How often the runner is asked how many sessions it has. */
const tickMilliseconds = 500;
/** How long a place that was given is kept for a session that has not come yet. */
const reservedMilliseconds = 2_000;

/**
 * Answers questions for a place over core NATS, on the subjects of server/sessions/nats-placement.ts. A full or draining runner
 * leaves the queue group; it answers how it is as long as it lives. Addresses and counts are all that is ever sent.
 * @param {import("@nats-io/transport-node").NatsConnection} connection
 * @param {{ engine: string, runner: string, host: string, port: number, readStatus: () => Promise<object>, say: (text: string) => void }} options
 */
export function createAnnouncer(connection, { engine, runner, host, port, readStatus, say }) {
  const subject = (kind) => `millrace.runner.${kind}.${engine.replaceAll(".", "_")}`;
  const place = subject("place");
  let subscriptions = [];
  let reserved = [];
  let lastSessions = 0;
  let draining = false;
  let failing = false;
  // One look at the runner at a time, so that places are counted once.
  let turn = Promise.resolve();
  const inTurn = (work) => {
    turn = turn.then(work, work);
    return turn;
  };

  /** Looks at the runner; joins or leaves the group. Returns whether there is room. */
  async function look() {
    let status;
    try {
      status = await readStatus();
    } catch (error) {
      if (!failing) say(`The runner does not say how it is, so nobody is sent to it: ${error.message}`);
      failing = true;
      leave();
      return false;
    }
    failing = false;
    const now = Date.now();
    const arrived = Math.max(0, status.sessions - lastSessions);
    lastSessions = status.sessions;
    reserved = reserved.slice(arrived).filter((until) => until > now);
    const room = !draining && !status.draining && status.sessions + reserved.length < status.maxSessions;
    if (room) join();
    else leave();
    return room;
  }

  function join() {
    if (subscriptions.length > 0 || connection.isClosed()) return;
    subscriptions = [
      connection.subscribe(place, { queue: "place", callback: (_, message) => inTurn(() => answer(message)) }),
      connection.subscribe(`${place}.${runner}`, { callback: (_, message) => inTurn(() => answer(message)) }),
    ];
    say("takes new sessions");
  }

  function leave() {
    if (subscriptions.length === 0) return;
    for (const subscription of subscriptions) subscription.unsubscribe();
    subscriptions = [];
    say(draining ? "takes no new sessions: it is being shut down" : "is full, and takes no new sessions");
  }

  async function answer(message) {
    const room = await look();
    if (!room) {
      message.respond(JSON.stringify({ type: "full", runner }));
      return;
    }
    reserved.push(Date.now() + reservedMilliseconds);
    message.respond(JSON.stringify({ type: "place", runner, host, port }));
    await look();
  }

  async function tellState(message) {
    const { dbtVersion, sandbox } = await readStatus();
    message.respond(JSON.stringify({ dbtVersion, missing: sandbox.missing }));
  }

  const state = connection.subscribe(subject("state"), {
    queue: "state",
    callback: (_, message) =>
      tellState(message).catch((error) => say(`A question for its state was not answered: ${error.message}`)),
  });
  const timer = setInterval(() => inTurn(look), tickMilliseconds);
  return {
    ready: inTurn(look),
    /** Leaves the group for good; resolves when NATS knows. */
    async drain() {
      draining = true;
      await inTurn(look);
      await connection.flush();
    },
    async close() {
      clearInterval(timer);
      state.unsubscribe();
      await turn;
      await connection.close();
    },
  };
}
