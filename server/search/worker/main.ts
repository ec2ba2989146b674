import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import type { SearchFile } from "../../contract/search";
import { mostMatches, mostMatchesOfFile, position, type SearchCall, type SearchReply, stopped } from "../messages";
import { globMatcher } from "./globs";
import { placed } from "./lines";
import { type Matcher, makeMatcher } from "./matcher";
import { isSearched, readBytes, walk } from "./walk";

/** Files with matches are told of one by one at first, then in groups. */
const firstFiles = 20;
const groupMilliseconds = 40;

const port = parentPort;
if (!port) throw new Error("This file runs in a worker thread.");
const reply = (message: SearchReply): void => port.postMessage(message);

function answer(call: SearchCall): void {
  let matcher: Matcher;
  try {
    matcher = makeMatcher(call.query);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // "Invalid regular expression: /(/gimu: Unterminated group": only the reason is the person's.
    const reason = error.message.replace(/^Invalid regular expression: \/[\s\S]*\/[a-z]*: /, "");
    const hint = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
    reply({ id: call.id, type: "refused", message: "This is not a regular expression.", hint });
    return;
  }
  let include: ReturnType<typeof globMatcher>;
  let exclude: ReturnType<typeof globMatcher>;
  try {
    include = globMatcher(call.query.include);
    exclude = globMatcher(call.query.exclude);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    reply({
      id: call.id,
      type: "refused",
      message: "The files to include or exclude are not named by a glob.",
      hint: "For example models/**, *.yml or {stg,int}_*; a class such as [a-z] goes upwards.",
    });
    return;
  }
  const isWanted = (path: string) => (include === null || include(path)) && !exclude?.(path);
  scan(call, matcher, isWanted);
}

function scan(call: SearchCall, matcher: Matcher, isWanted: (path: string) => boolean): void {
  const shared = new Int32Array(call.shared);
  const group = new Group(call.id);
  const unsaved = new Map(call.unsaved.map(({ path, text }) => [path, text]));
  const count = { searched: 0, tooLarge: 0 };
  let left = mostMatches;
  const look = (path: string, text: string | null): void => {
    Atomics.add(shared, position, 1);
    const file = text === null ? onDisk(call.root, path, matcher, left) : inText(path, text, matcher, left);
    if (file === "too large") {
      count.tooLarge++;
      return;
    }
    count.searched++;
    if (file === null || file.matches.length === 0) return;
    left -= file.matches.length;
    group.add(file);
  };
  const isOfProject = isSearched(call.root, call.query.packages);
  for (const [path, text] of unsaved) if (isWanted(path) && isOfProject(path)) look(path, text);
  for (const path of walk(call.root, call.query.packages)) {
    if (left <= 0 || Atomics.load(shared, stopped) === 1) break;
    if (!unsaved.has(path) && isWanted(path)) look(path, null);
  }
  group.send();
  reply({ id: call.id, type: "done", ...count, limited: left <= 0 });
}

function inText(path: string, text: string, matcher: Matcher, left: number): SearchFile {
  return { path, version: null, matches: placed(text, matcher.find(text, Math.min(left, mostMatchesOfFile))) };
}

function onDisk(root: string, path: string, matcher: Matcher, left: number): SearchFile | "too large" | null {
  const bytes = readBytes(root, path);
  if (bytes === "too large") return bytes;
  if (bytes === null || !matcher.mayFit(bytes)) return null;
  const text = bytes.toString("utf8");
  const found = matcher.find(text, Math.min(left, mostMatchesOfFile));
  // What is not UTF-8 cannot be opened, and so is not offered.
  if (found.length === 0 || (text.includes("\ufffd") && !Buffer.from(text, "utf8").equals(bytes))) return null;
  return { path, version: createHash("sha256").update(bytes).digest("hex"), matches: placed(text, found) };
}

/** Collects files with matches, so that a common word does not cost a message for each. */
class Group {
  private files: SearchFile[] = [];
  private sent = 0;
  private last = 0;

  constructor(private readonly id: number) {}

  add(file: SearchFile): void {
    this.files.push(file);
    if (this.sent < firstFiles || performance.now() - this.last >= groupMilliseconds) this.send();
  }

  send(): void {
    if (this.files.length === 0) return;
    reply({ id: this.id, type: "found", files: this.files });
    this.sent += this.files.length;
    this.files = [];
    this.last = performance.now();
  }
}

port.on("message", answer);
