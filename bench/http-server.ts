import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { QueryConnection, type QueryConnectionOptions } from "@/server/sessions/query-connection";

/**
 * The web process of the bench: the same pass-through code as POST /api/preview, and Next.js's own way from a route handler's
 * stream to the socket. Its first line on standard output names its port.
 */
const { pipeToNodeResponse } = createRequire(import.meta.url)("next/dist/server/pipe-readable") as {
  pipeToNodeResponse: (stream: ReadableStream<Uint8Array>, response: ServerResponse) => Promise<void>;
};

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const query = new QueryConnection(JSON.parse(Buffer.concat(chunks).toString("utf8")) as QueryConnectionOptions);
  response.writeHead(200, { "content-type": "application/vnd.millrace.rows", "cache-control": "no-store" });
  await pipeToNodeResponse(query.stream, response);
}

const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
