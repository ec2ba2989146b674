import { frameHeaderBytes, frameKinds } from "../contract/rows";

/** One frame of the worker protocol as it was read: its kind byte and its payload. */
export interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
}

/** A peer that broke the framing: nothing after it can be trusted, so the connection is closed. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** One JSON frame, header and payload, in one buffer (layout: contract/rows.ts). */
export function encodeJsonFrame(message: unknown): Buffer {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(frameHeaderBytes + length);
  frame.writeUInt8(frameKinds.json, 0);
  frame.writeUInt32LE(length, 1);
  frame.write(text, frameHeaderBytes);
  return frame;
}

/**
 * Cuts a byte stream into frames, whatever the chunks. A frame longer than `maxBytes` or of an unknown kind throws a FrameError.
 * Chunks are joined once per frame, so that a large frame costs one copy.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Length of header and payload of the frame that is being collected, once its header is complete. */
  #wanted = frameHeaderBytes;
  #headerSeen = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of an unfinished frame. */
  get pendingBytes(): number {
    return this.#buffered;
  }

  *push(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= this.#wanted) {
      const bytes = this.#join();
      if (!this.#headerSeen) {
        this.#readHeader(bytes);
        if (this.#buffered < this.#wanted) return;
      }
      const payload = bytes.subarray(frameHeaderBytes, this.#wanted);
      const rest = bytes.subarray(this.#wanted);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#buffered = rest.length;
      this.#wanted = frameHeaderBytes;
      this.#headerSeen = false;
      yield { kind: bytes.readUInt8(0), payload };
    }
  }

  #join(): Buffer {
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks, this.#buffered);
    this.#chunks = [bytes];
    return bytes;
  }

  #readHeader(bytes: Buffer): void {
    const kind = bytes.readUInt8(0);
    if (kind !== frameKinds.json && kind !== frameKinds.arrow) throw new FrameError(`unknown frame kind ${kind}`);
    const length = bytes.readUInt32LE(1);
    if (length > this.#maxBytes)
      throw new FrameError(`a frame of ${length} bytes is over the limit of ${this.#maxBytes}`);
    this.#wanted = frameHeaderBytes + length;
    this.#headerSeen = true;
  }
}
