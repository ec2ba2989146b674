import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { readOrNull, replaceFile } from "./file-system";

/** One file of the commit that is checked out, with the stat it had when its content was last known to equal it. */
export interface IndexEntry {
  readonly path: string;
  readonly oid: string;
  /** As in the tree: 0o100644, 0o100755, 0o120000 (written as a plain file). */
  readonly mode: number;
  readonly stat: FileStat;
}

/** The part of a stat that tells whether a file was touched. All are unsigned 32-bit, as git's index stores them. */
export interface FileStat {
  readonly size: number;
  readonly ino: number;
  readonly ctime: number;
  readonly ctimeNanoseconds: number;
  readonly mtime: number;
  readonly mtimeNanoseconds: number;
}
export const unknownStat: FileStat = { size: 0, ino: 0, ctime: 0, ctimeNanoseconds: 0, mtime: 0, mtimeNanoseconds: 0 };

export interface IndexFile {
  readonly entries: Map<string, IndexEntry>;
  /** Time of writing in nanoseconds: entries as new as this may have changed in the same clock tick ("racily clean"). */
  readonly writtenAt: bigint;
  readonly checksum: string;
}

const uint32 = (value: bigint): number => Number(BigInt.asUintN(32, value));
const second = 1_000_000_000n;

export function toFileStat(stats: fs.BigIntStats): FileStat {
  return {
    size: uint32(stats.size),
    ino: uint32(stats.ino),
    ctime: uint32(stats.ctimeNs / second),
    ctimeNanoseconds: uint32(stats.ctimeNs % second),
    mtime: uint32(stats.mtimeNs / second),
    mtimeNanoseconds: uint32(stats.mtimeNs % second),
  };
}

/** Whether the file is untouched since the index knew its content. */
export function isUntouched(index: IndexFile, entry: IndexEntry, stat: FileStat): boolean {
  const known = entry.stat;
  const same =
    known.size === stat.size &&
    known.ino === stat.ino &&
    known.mtime === stat.mtime &&
    known.mtimeNanoseconds === stat.mtimeNanoseconds &&
    known.ctime === stat.ctime &&
    known.ctimeNanoseconds === stat.ctimeNanoseconds;
  return same && BigInt(stat.mtime) * second + BigInt(stat.mtimeNanoseconds) < index.writtenAt;
}

/** Reads git's index (gitformat-index, versions 2 and 3). Null when there is none or it is damaged: it can always be made again. */
export function readIndex(gitdir: string): IndexFile | null {
  const path = join(gitdir, "index");
  const bytes = readOrNull(path);
  if (bytes === null || bytes.length < 32 || bytes.toString("latin1", 0, 4) !== "DIRC") return null;
  const checksum = bytes.toString("hex", bytes.length - 20);
  if (createHash("sha1").update(bytes.subarray(0, -20)).digest("hex") !== checksum) return null;
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return null;
  const entries = new Map<string, IndexEntry>();
  let at = 12;
  for (let left = bytes.readUInt32BE(8); left > 0; left--) {
    const start = at;
    const flags = bytes.readUInt16BE(start + 60);
    const nameAt = start + 62 + (flags & 0x4000 ? 2 : 0);
    const nameEnd = bytes.indexOf(0, nameAt);
    const path = bytes.toString("utf8", nameAt, nameEnd);
    const stage = (flags >> 12) & 3;
    if (stage !== 0) return null;
    entries.set(path, {
      path,
      oid: bytes.toString("hex", start + 40, start + 60),
      mode: bytes.readUInt32BE(start + 24),
      stat: {
        ctime: bytes.readUInt32BE(start),
        ctimeNanoseconds: bytes.readUInt32BE(start + 4),
        mtime: bytes.readUInt32BE(start + 8),
        mtimeNanoseconds: bytes.readUInt32BE(start + 12),
        ino: bytes.readUInt32BE(start + 20),
        size: bytes.readUInt32BE(start + 36),
      },
    });
    at = start + ((nameEnd - start + 8) & ~7);
  }
  return { entries, writtenAt: fs.statSync(path, { bigint: true }).mtimeNs, checksum };
}

/** Writes the index in git's format (version 2), so that isomorphic-git and git itself can read it. */
export function writeIndex(gitdir: string, entries: ReadonlyMap<string, IndexEntry>): IndexFile {
  const sorted = [...entries.values()]
    .map((entry) => ({ entry, name: Buffer.from(entry.path) }))
    .sort((a, b) => Buffer.compare(a.name, b.name));
  const length = sorted.reduce((sum, { name }) => sum + ((62 + name.length + 8) & ~7), 12);
  const bytes = Buffer.alloc(length + 20);
  bytes.write("DIRC", 0, "latin1");
  bytes.writeUInt32BE(2, 4);
  bytes.writeUInt32BE(sorted.length, 8);
  let at = 12;
  for (const { entry, name } of sorted) {
    bytes.writeUInt32BE(entry.stat.ctime, at);
    bytes.writeUInt32BE(entry.stat.ctimeNanoseconds, at + 4);
    bytes.writeUInt32BE(entry.stat.mtime, at + 8);
    bytes.writeUInt32BE(entry.stat.mtimeNanoseconds, at + 12);
    bytes.writeUInt32BE(entry.stat.ino, at + 20);
    bytes.writeUInt32BE(entry.mode, at + 24);
    bytes.writeUInt32BE(entry.stat.size, at + 36);
    bytes.write(entry.oid, at + 40, "hex");
    bytes.writeUInt16BE(Math.min(name.length, 0xfff), at + 60);
    name.copy(bytes, at + 62);
    at += (62 + name.length + 8) & ~7;
  }
  const checksum = createHash("sha1").update(bytes.subarray(0, length)).digest("hex");
  bytes.write(checksum, length, "hex");
  const path = join(gitdir, "index");
  replaceFile(path, bytes, { mode: 0o644, temporary: `${path}.millrace` });
  return { entries: new Map(entries), writtenAt: fs.statSync(path, { bigint: true }).mtimeNs, checksum };
}

/** The id that git gives to these bytes as a blob. */
export function blobId(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.byteLength}\0`).update(content).digest("hex");
}
