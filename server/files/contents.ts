import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { FileContent } from "../contract/files";
import { openPlainFile, type RealPath } from "./real-path";

/** Larger files are not opened in the editor. */
export const largestText = 5_000_000;
const chunkBytes = 1_048_576;

export function versionOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Reads a file as the editor sees it. The text keeps its line ends and its byte order mark. */
export async function readContent(real: RealPath, path: string): Promise<FileContent> {
  const file = await openPlainFile(real, path);
  try {
    const { size } = await file.stat();
    if (size > largestText) return { path, text: null, version: await hashOf(file), size, reason: "too-large" };
    const bytes = await file.readFile();
    const text = decode(bytes);
    return { path, text, version: versionOf(bytes), size: bytes.byteLength, reason: text === null ? "binary" : null };
  } finally {
    await file.close();
  }
}

async function hashOf(file: FileHandle): Promise<string> {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(chunkBytes);
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, position);
    if (bytesRead === 0) return hash.digest("hex");
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** UTF-8 text, or null for anything else. */
function decode(bytes: Uint8Array): string | null {
  if (bytes.subarray(0, 8000).includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
