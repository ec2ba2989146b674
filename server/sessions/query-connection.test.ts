import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FrameReader } from "./frames";
import { QueryConnection } from "./query-connection";

describe("QueryConnection", () => {
  let folder: string;
  let server: Server;
  let accepted: Promise<Socket>;
  const heard: unknown[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-query-"));
    heard.length = 0;
    accepted = new Promise((resolve) => {
      server = createServer((socket) => {
        const reader = new FrameReader(10_000);
        socket.on("error", () => socket.destroy());
        socket.on("data", (chunk: Buffer) => {
          for (const { payload } of reader.push(chunk)) heard.push(JSON.parse(payload.toString("utf8")));
        });
        resolve(socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
  });

  afterEach(async () => {
    (await accepted).destroy();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const query = {
    type: "query" as const,
    queryId: "q",
    path: null,
    sql: "select 1",
    text: null,
    what: null,
    limits: { rows: 1, bytes: 2000, seconds: 1 },
  };
  const open = () =>
    new QueryConnection({ endpoint: { kind: "unix", path: join(folder, "s") }, session: "token", query });

  test("says whose query it is, then hands on every byte in order", async () => {
    const connection = open();
    const socket = await accepted;
    const sent = Buffer.alloc(3_000_000, "abcdefg");
    socket.end(sent);
    const received = Buffer.from(await new Response(connection.stream).arrayBuffer());
    expect(received.equals(sent)).toBe(true);
    expect(heard).toEqual([{ type: "hello", protocol: 1, kind: "query", session: "token" }, query]);
    await expect(connection.closed).resolves.toEqual({ bytes: 3_000_000, error: null });
  });

  test("reads no further than its reader: the sender is held back", async () => {
    const connection = open();
    const socket = await accepted;
    const chunk = Buffer.alloc(1_000_000);
    let taken = 0;
    const send = () => {
      while (socket.write(chunk)) taken += chunk.length;
    };
    socket.on("drain", send);
    send();
    const reader = connection.stream.getReader();
    await reader.read();
    await vi.waitFor(() => expect(socket.writableNeedDrain).toBe(true));
    const before = socket.bytesWritten - socket.writableLength;
    // Nothing moves while nobody reads; one read lets at most one buffer through.
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.bytesWritten - socket.writableLength).toBe(before);
    expect(before).toBeLessThan(2_000_000);
    await reader.cancel();
    expect(taken).toBeLessThan(2_000_000);
  });

  test("a reader that cancels closes the socket and is told of", async () => {
    const connection = open();
    const cancelled = vi.fn();
    connection.onCancel = cancelled;
    const socket = await accepted;
    socket.write("rows");
    const reader = connection.stream.getReader();
    await reader.read();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await reader.cancel();
    await closed;
    expect(cancelled).toHaveBeenCalledOnce();
    await expect(connection.closed).resolves.toEqual({ bytes: 4, error: null });
  });

  test("destroyed from outside, its stream ends without an error and without a tail", async () => {
    const connection = open();
    const socket = await accepted;
    socket.write("rows");
    const reader = connection.stream.getReader();
    await reader.read();
    connection.destroy();
    await expect(reader.read()).resolves.toEqual({ done: true, value: undefined });
  });
});
