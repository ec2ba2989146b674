import { connect } from "node:net";

/** Bytes of the one buffer that the socket is read into. */
const readBytes = 256 * 1024;

/**
 * Posts JSON and hands over the body's bytes as they are read. It stands for a browser's network process, which is native
 * code beside the page: one buffer, no objects for each read (Node's own HTTP client spends more on those than on the rows).
 * A piece is only valid until the callback returns. Throws when the answer is not 200, chunked, and whole.
 */
export function postRaw(url: string, body: unknown, onBytes: (bytes: Uint8Array) => void): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const text = JSON.stringify(body);
  const head = [`POST ${pathname} HTTP/1.1`, `host: ${hostname}:${port}`, "connection: close"];
  const request = [...head, `content-length: ${Buffer.byteLength(text)}`, "", text].join("\r\n");
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  const parser = new ChunkedBody(onBytes);
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ host: hostname, port: Number(port) },
      onread: {
        buffer,
        callback: (length) => {
          try {
            parser.push(buffer.subarray(0, length));
          } catch (error) {
            socket.destroy(error instanceof Error ? error : new Error(String(error)));
          }
          return true;
        },
      },
    });
    socket.on("error", reject);
    socket.on("close", () => (parser.ended ? resolve() : reject(new Error("The answer was cut."))));
    socket.write(request);
  });
}

/** The body of one answer with `transfer-encoding: chunked`. */
class ChunkedBody {
  ended = false;
  readonly #onBytes: (bytes: Uint8Array) => void;
  #line = "";
  #state: "head" | "size" | "data" = "head";
  #left = 0;

  constructor(onBytes: (bytes: Uint8Array) => void) {
    this.#onBytes = onBytes;
  }

  push(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length && !this.ended) {
      if (this.#state !== "data") {
        this.#line += String.fromCharCode(bytes[offset++] ?? 0);
        this.#takeLine();
        continue;
      }
      const length = Math.min(this.#left, bytes.length - offset);
      this.#onBytes(bytes.subarray(offset, offset + length));
      offset += length;
      this.#left -= length;
      if (this.#left === 0) this.#state = "size";
    }
  }

  #takeLine(): void {
    if (this.#state === "head" && this.#line.endsWith("\r\n\r\n")) {
      if (!/^HTTP\/1\.1 200 /.test(this.#line) || !/\r\ntransfer-encoding: chunked\r\n/i.test(this.#line))
        throw new Error(`An answer of another kind: ${this.#line.slice(0, 200)}`);
      this.#state = "size";
      this.#line = "";
    } else if (this.#state === "size" && this.#line.endsWith("\r\n")) {
      const size = this.#line.trim();
      this.#line = "";
      if (size === "") return;
      this.#left = Number.parseInt(size, 16);
      if (this.#left === 0) this.ended = true;
      else this.#state = "data";
    }
  }
}
