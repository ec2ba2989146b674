import { frameHeaderBytes, frameKinds, maxFrameBytes } from "@/server/contract";

/** One whole frame of the rows stream (see server/contract/rows.ts). */
export interface Frame {
  kind: "json" | "arrow";
  payload: Uint8Array<ArrayBuffer>;
}

/** Buffers that are kept for the next payloads; one read of the network rarely ends more frames. */
const mostSpares = 4;

/**
 * Cuts a byte stream into frames. Each payload is copied once, into a buffer of its own, so that it can be
 * transferred and outlives the network chunk it came in. Who has finished with a payload may give it back with `recycle`.
 */
export class FrameReader {
  readonly #header = new Uint8Array(frameHeaderBytes);
  #headerFilled = 0;
  #payload: Uint8Array<ArrayBuffer> | null = null;
  #payloadFilled = 0;
  readonly #spares: ArrayBuffer[] = [];

  /** Frames that are complete with this chunk. Throws a RangeError on an unknown kind or an impossible length. */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let offset = 0;
    while (offset < chunk.length || (this.#payload !== null && this.#payload.length === this.#payloadFilled)) {
      if (this.#payload === null) {
        const wanted = Math.min(frameHeaderBytes - this.#headerFilled, chunk.length - offset);
        this.#header.set(chunk.subarray(offset, offset + wanted), this.#headerFilled);
        this.#headerFilled += wanted;
        offset += wanted;
        if (this.#headerFilled < frameHeaderBytes) break;
        const length = new DataView(this.#header.buffer).getUint32(1, true);
        if (length > maxFrameBytes)
          throw new RangeError(`A frame of ${length} bytes is larger than the protocol allows.`);
        this.#kind();
        this.#payload = this.#buffer(length);
        this.#payloadFilled = 0;
      }
      const wanted = Math.min(this.#payload.length - this.#payloadFilled, chunk.length - offset);
      this.#payload.set(chunk.subarray(offset, offset + wanted), this.#payloadFilled);
      this.#payloadFilled += wanted;
      offset += wanted;
      if (this.#payloadFilled === this.#payload.length) {
        frames.push({ kind: this.#kind(), payload: this.#payload });
        this.#payload = null;
        this.#headerFilled = 0;
      }
    }
    return frames;
  }

  /**
   * Lets a later payload be written over this one, which nobody may look at any more. A long stream that is read and let go
   * then has no garbage to collect, which costs more than the reading.
   */
  recycle({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.#spares.length < mostSpares) this.#spares.push(buffer);
  }

  /** True between frames: a stream that ends here was not cut inside one. */
  get atBorder(): boolean {
    return this.#payload === null && this.#headerFilled === 0;
  }

  #buffer(length: number): Uint8Array<ArrayBuffer> {
    const index = this.#spares.findIndex(({ byteLength }) => byteLength >= length);
    const [spare] = index === -1 ? [] : this.#spares.splice(index, 1);
    if (spare !== undefined) return new Uint8Array(spare, 0, length);
    // All of them are too small: larger ones take their places.
    this.#spares.length = 0;
    return new Uint8Array(length);
  }

  #kind(): Frame["kind"] {
    switch (this.#header[0]) {
      case frameKinds.json:
        return "json";
      case frameKinds.arrow:
        return "arrow";
      default:
        throw new RangeError(`Unknown frame kind ${this.#header[0]}.`);
    }
  }
}
