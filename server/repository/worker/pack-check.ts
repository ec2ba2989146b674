import { inflateSync } from "node:zlib";
import { AppError } from "../../core";

/** Caps on what a pack may hold once it is inflated, so that a small download cannot fill the memory. */
export interface PackLimits {
  readonly objects: number;
  readonly objectBytes: number;
  readonly totalBytes: number;
}
export const packLimits: PackLimits = { objects: 5_000_000, objectBytes: 200_000_000, totalBytes: 8_000_000_000 };
const ofsDelta = 6;
const refDelta = 7;

/**
 * Walks a pack (gitformat-pack) and throws LIMIT_REACHED when an object, or all of them together, would inflate past the limits, or
 * GIT_ERROR when it is damaged. Never inflates more of an object than it claims to hold.
 */
export function checkPack(pack: Uint8Array, limits: PackLimits = packLimits): void {
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  if (pack.byteLength < 32 || view.getUint32(0) !== 0x5041434b) throw damaged();
  const count = view.getUint32(8);
  if (count > limits.objects) throw tooLarge();
  let offset = 12;
  let total = 0;
  for (let object = 0; object < count; object++) {
    const header = readHeader(pack, offset);
    if (header.size > limits.objectBytes) throw tooLarge();
    const inflated = inflate(pack.subarray(header.end, pack.byteLength - 20), header.size);
    const size = header.delta ? Math.max(header.size, deltaResultSize(inflated.bytes)) : header.size;
    if (size > limits.objectBytes) throw tooLarge();
    total += size;
    if (total > limits.totalBytes) throw tooLarge();
    offset = header.end + inflated.consumed;
  }
}

function readHeader(pack: Uint8Array, start: number): { size: number; delta: boolean; end: number } {
  let at = start;
  let byte = pack[at++] ?? 0;
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  let scale = 16;
  while (byte & 0x80) {
    byte = pack[at++] ?? 0;
    size += (byte & 0x7f) * scale;
    scale *= 128;
  }
  if (type === ofsDelta) {
    while ((pack[at++] ?? 0) & 0x80);
  }
  if (type === refDelta) at += 20;
  if (at > pack.byteLength - 20) throw damaged();
  return { size, delta: type === ofsDelta || type === refDelta, end: at };
}

function inflate(compressed: Uint8Array, size: number): { bytes: Uint8Array; consumed: number } {
  try {
    const result = inflateSync(compressed, { maxOutputLength: Math.max(1, size), info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (result.buffer.byteLength !== size) throw damaged();
    return { bytes: result.buffer, consumed: result.engine.bytesWritten };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw damaged(error);
  }
}

/** The second number at the head of a delta: the size of what it makes. */
function deltaResultSize(delta: Uint8Array): number {
  let at = 0;
  while ((delta[at++] ?? 0) & 0x80);
  let size = 0;
  let scale = 1;
  for (;;) {
    const byte = delta[at++] ?? 0;
    size += (byte & 0x7f) * scale;
    scale *= 128;
    if (!(byte & 0x80)) return size;
  }
}

function tooLarge(): AppError {
  return new AppError("LIMIT_REACHED", "The repository holds more data than Millrace accepts.", {
    hint: "Large files do not belong in a dbt project; remove them from the repository's history.",
  });
}

function damaged(cause?: unknown): AppError {
  return new AppError("GIT_ERROR", "What the Git server sent is damaged.", { hint: "Try again.", cause });
}
