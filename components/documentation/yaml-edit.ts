import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** Keys and positions from the top of a YAML document. */
export type YamlPath = readonly (string | number)[];

/** The text is no YAML that can be changed safely. */
export class YamlEditError extends Error {
  override readonly name = "YamlEditError";
}

/**
 * Sets the value at `path`, or takes it away when `value` is undefined, with the fewest characters changed: comments, order,
 * quotes, anchors, line ends and blank lines of everything else stay. What the path lacks is made; collections that become empty
 * go. The last part of a path may be a list's length, which appends.
 * @throws {YamlEditError} when the text does not parse, the path goes through something that is no map or list, or other entries
 * share what would change
 */
export function setInYaml(text: string, path: YamlPath, value: unknown): string {
  if (/\r\n/.test(text) && !/(?<!\r)\n/.test(text))
    return setInYaml(text.replaceAll("\r\n", "\n"), path, value).replaceAll("\n", "\r\n");
  const expected = expectedValue(text, path, value);
  const edited = value === undefined ? removed(text, path) : written(text, path, value);
  if (edited !== null && sameValue(edited, expected)) return edited;
  // A layout that the line edits do not know (keys with anchors, say): written anew.
  const document = parse(text);
  if (value === undefined) document.deleteIn(path);
  else setIn(document, path, value);
  return document.toString({ lineWidth: 0 });
}

function parse(text: string) {
  const document = parseDocument(text, { merge: true });
  const [problem] = document.errors;
  if (problem) throw new YamlEditError(`The YAML does not parse: ${problem.message.split("\n")[0]}`);
  return document;
}

/** Sets a value; a key with nothing behind it is as good as none. */
function setIn(document: ReturnType<typeof parse>, path: YamlPath, value: unknown): void {
  for (let length = 1; length < path.length; length += 1) {
    if (!isNothing(document.getIn(path.slice(0, length), true))) continue;
    document.setIn(path.slice(0, length), document.createNode(nested(path.slice(length), value)));
    return;
  }
  document.setIn(path, document.createNode(value));
}

function isNothing(node: unknown): boolean {
  return node === undefined || node === null || (isScalar(node) && node.value === null);
}

const seeFile = "Change it in the file, where both can be seen.";

/**
 * What an alias stands for belongs to its anchor's entry too: a change of one would be a change of both. What `<<` brings can be
 * overruled as a whole, but neither taken away here nor changed in part.
 */
function refuseShared(document: ReturnType<typeof parse>, path: YamlPath, value: unknown): void {
  for (const [depth, key] of path.entries()) {
    const isLast = depth === path.length - 1;
    const parent = document.getIn(path.slice(0, depth), true) ?? document.contents;
    const node = document.getIn(path.slice(0, depth + 1), true);
    const name = typeof key === "number" ? `Entry ${key + 1} of “${path[depth - 1] ?? ""}”` : `“${key}”`;
    if (isAlias(node) && !isLast)
      throw new YamlEditError(`${name} is shared by the anchor &${node.source}. ${seeFile}`);
    const isOwn = !isMap(parent) || parent.has(key) || (isLast && value !== undefined);
    if (!isOwn && key in (parent.toJS(document) as object))
      throw new YamlEditError(`${name} comes from an anchor by “<<”. ${seeFile}`);
  }
}

function expectedValue(text: string, path: YamlPath, value: unknown): unknown {
  const document = parse(text);
  refuseShared(document, path, value);
  try {
    if (value === undefined) {
      let at = [...path];
      document.deleteIn(at);
      for (at = at.slice(0, -1); at.length > 0; at = at.slice(0, -1)) {
        const parent = document.getIn(at, true);
        if (!isCollection(parent) || parent.items.length > 0) break;
        document.deleteIn(at);
      }
    } else {
      setIn(document, path, value);
    }
    return document.toJS();
  } catch (error) {
    const anchor = /^Unresolved alias.*: (\S+)$/m.exec(error instanceof Error ? error.message : "")?.[1];
    throw new YamlEditError(
      anchor === undefined
        ? `${path.join(".")} cannot be changed here.`
        : `The anchor &${anchor} stands here, and other entries use it. ${seeFile}`,
      { cause: error },
    );
  }
}

function sameValue(text: string, expected: unknown): boolean {
  const document = parseDocument(text, { merge: true });
  return document.errors.length === 0 && JSON.stringify(document.toJS()) === JSON.stringify(expected);
}

/** The text with the value at `path` written, or null where the layout is not understood. */
function written(text: string, path: YamlPath, value: unknown): string | null {
  const document = parse(text);
  if (!isMap(document.contents)) {
    const separator = text === "" || text.endsWith("\n") ? "" : "\n";
    return `${text}${separator}${render(nested(path, value))}`;
  }
  let node: unknown = document.contents;
  for (const [depth, key] of path.entries()) {
    if (isCollection(node) && node.flow) return flowWritten(text, node, path.slice(depth), value);
    const pair = isMap(node) ? node.items.find((item) => keyOf(item) === key) : undefined;
    const next = child(node, key);
    const isEmpty = isNothing(next) || (isCollection(next) && next.items.length === 0);
    if (isEmpty && pair) return filled(text, node, pair, nested(path.slice(depth + 1), value));
    if (isNothing(next)) return insertedInto(text, node, key, nested(path.slice(depth + 1), value));
    if (depth === path.length - 1) return replaced(text, node, key, next, value);
    node = next;
  }
  return null;
}

function nested(path: YamlPath, value: unknown): unknown {
  return [...path]
    .reverse()
    .reduce<unknown>((inner, key) => (typeof key === "number" ? [inner] : { [key]: inner }), value);
}

function replaced(text: string, parent: unknown, key: string | number, old: unknown, value: unknown): string | null {
  const plain = typeof value !== "object" || value === null;
  if (isScalar(old) && old.range && plain && isInline(text, old.range)) {
    const shown = render(value).trimEnd();
    if (!shown.includes("\n")) return text.slice(0, old.range[0]) + shown + text.slice(old.range[1]);
  }
  if (isCollection(old) && old.flow && old.range)
    return text.slice(0, old.range[0]) + flowRendered(value, text[old.range[0] + 1] === " ") + text.slice(old.range[1]);
  if (isSeq(parent) && !parent.flow && isNode(old) && old.range) {
    const [first = "", ...others] = indented(render(value), columnOf(text, old.range[0])).trimEnd().split("\n");
    const line = text.slice(0, old.range[0]) + first.trimStart() + text.slice(contentEnd(text, old));
    return others.length === 0 ? line : afterLine(line, old.range[0], `${others.join("\n")}\n`);
  }
  if (!isMap(parent) || parent.flow) return null;
  const pair = parent.items.find((item) => keyOf(item) === key);
  const start = pair && keyStart(pair);
  const first = parent.items[0] && keyStart(parent.items[0]);
  if (!pair || start === undefined || start === null || first === undefined || first === null) return null;
  const lines = indented(render({ [key]: value }, listsAreIndented(text)), columnOf(text, first)).trimEnd();
  return text.slice(0, start) + lines.trimStart() + text.slice(contentEnd(text, pair));
}

/** A key of a block map gets a value where it had nothing, `[]` or `{}`; the comment behind it stays. */
function filled(text: string, parent: unknown, pair: Pair, value: unknown): string | null {
  const start = keyStart(pair);
  if (start === null || !isNode(pair.key) || !pair.key.range) return null;
  const colon = text.indexOf(":", pair.key.range[1]);
  const old = pair.value;
  const hasText = isNode(old) && old.range && old.range[1] > old.range[0];
  const oldEnd = hasText && old.range ? old.range[1] : colon + 1;
  const key = keyOf(pair);
  if (!isMap(parent) || typeof key !== "string" || text.slice(colon, oldEnd).includes("\n")) return null;
  const lines = indented(render({ [key]: value }, listsAreIndented(text)), columnOf(text, start)).trimEnd();
  const [head = "", ...others] = lines.split("\n");
  const behind = head.slice(head.indexOf(":", columnOf(text, start) + key.length) + 1);
  const line = text.slice(0, colon + 1) + behind + text.slice(oldEnd);
  return others.length === 0 ? line : afterLine(line, colon, `${others.join("\n")}\n`);
}

/** A change within brackets or braces: one value, or one more. */
function flowWritten(text: string, node: YAMLMap | YAMLSeq, path: YamlPath, value: unknown): string | null {
  const [key, ...rest] = path;
  if (key === undefined || !node.range) return null;
  const next = child(node, key);
  if (isCollection(next) && rest.length > 0) return flowWritten(text, next, rest, value);
  const padded = text[node.range[0] + 1] === " ";
  const shown = flowRendered(nested(rest, value), padded);
  if (next !== undefined) {
    if (!isNode(next) || !next.range || next.range[1] === next.range[0]) return null;
    return text.slice(0, next.range[0]) + shown + text.slice(next.range[1]);
  }
  const item = isMap(node) ? flowRendered({ [key]: nested(rest, value) }, false).slice(1, -1) : shown;
  const last = node.items.at(-1);
  const [begin, end] = [itemStart(last), contentEnd(text, last)];
  if (last === undefined || begin === null) {
    return text.slice(0, node.range[0] + 1) + item + text.slice(node.range[1] - 1);
  }
  const indent = text.slice(begin - columnOf(text, begin), begin);
  const gap = indent.trim() === "" ? `\n${indent}` : " ";
  return `${text.slice(0, end)},${gap}${item}${text.slice(end)}`;
}

function flowRemoved(text: string, node: YAMLMap | YAMLSeq, index: number): string | null {
  const [before, item, next] = [node.items[index - 1], node.items[index], node.items[index + 1]];
  const [start, nextStart] = [itemStart(item), itemStart(next)];
  if (start === null) return null;
  if (nextStart !== null) return text.slice(0, start) + text.slice(nextStart);
  return before === undefined ? null : text.slice(0, contentEnd(text, before)) + text.slice(contentEnd(text, item));
}

function itemStart(item: unknown): number | null {
  if (isPair(item)) return keyStart(item);
  return isNode(item) && item.range ? item.range[0] : null;
}

/** A value as it is written within brackets or braces. */
function flowRendered(value: unknown, padded: boolean): string {
  if (typeof value === "string" && value.includes("\n")) return JSON.stringify(value);
  const list = stringify([value], {
    ...{ version: "1.1" as const, lineWidth: 0, collectionStyle: "flow" as const, flowCollectionPadding: padded },
  }).trim();
  return list.slice(1, -1).trim();
}

/** Whether a scalar sits on one line, and is no block scalar (which ends with its line break). */
function isInline(text: string, range: readonly [number, number, number]): boolean {
  const source = text.slice(range[0], range[1]);
  return source.length > 0 && !source.includes("\n") && !/^[|>]/.test(source);
}

function insertedInto(text: string, parent: unknown, key: string | number, value: unknown): string | null {
  if (isMap(parent) && !parent.flow && parent.items.length > 0 && typeof key === "string") {
    const first = keyStart(parent.items[0] as Pair);
    const after = parent.items.at(-1) as Pair;
    if (first === null) return null;
    return afterLine(
      text,
      contentEnd(text, after),
      indented(render({ [key]: value }, listsAreIndented(text)), columnOf(text, first)),
    );
  }
  if (isSeq(parent) && !parent.flow && parent.items.length > 0 && key === parent.items.length) {
    const dash = dashOf(text, parent.items[0]);
    const last = parent.items.at(-1);
    if (dash === null || !isNode(last)) return null;
    return afterLine(
      text,
      contentEnd(text, last),
      indented(render([value], listsAreIndented(text)), columnOf(text, dash)),
    );
  }
  return null;
}

/** The text without the value at `path`, and without the collections that only held it. */
function removed(text: string, path: YamlPath): string | null {
  const document = parse(text);
  if (!document.hasIn(path)) return text;
  let depth = path.length;
  while (depth > 1) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    if (!isCollection(parent) || parent.items.length > 1) break;
    depth -= 1;
  }
  const parent = document.getIn(path.slice(0, depth - 1), true) ?? document.contents;
  const key = path[depth - 1];
  if (!isCollection(parent) || key === undefined) return null;
  const items: readonly unknown[] = parent.items;
  const index = isMap(parent) ? parent.items.findIndex((item) => keyOf(item) === key) : Number(key);
  if (parent.flow) return flowRemoved(text, parent as YAMLMap | YAMLSeq, index);
  const item = items[index];
  const start = isPair(item) ? keyStart(item) : dashOf(text, item);
  if (item === undefined || start === null) return null;
  const line = text.lastIndexOf("\n", start - 1) + 1;
  if (text.slice(line, start).trim() === "") {
    const end = text.indexOf("\n", contentEnd(text, item));
    return text.slice(0, line) + (end === -1 ? "" : text.slice(end + 1));
  }
  // The first key of a list's item shares its line with the dash: the next key takes its place.
  const next = items[index + 1];
  const nextStart = isPair(next) ? keyStart(next) : null;
  return nextStart === null ? null : text.slice(0, start) + text.slice(nextStart);
}

function child(node: unknown, key: string | number): unknown {
  if (isMap(node)) {
    const pair = node.items.find((item) => keyOf(item) === key);
    return pair === undefined ? undefined : pair.value;
  }
  if (isSeq(node)) return typeof key === "number" ? node.items[key] : undefined;
  return undefined;
}

function keyOf(pair: Pair): unknown {
  return isScalar(pair.key) ? pair.key.value : pair.key;
}

function keyStart(pair: Pair): number | null {
  return isNode(pair.key) && pair.key.range ? pair.key.range[0] : null;
}

/** The dash of a list's item, which begins its line. */
function dashOf(text: string, item: unknown): number | null {
  if (!isNode(item) || !item.range) return null;
  const line = text.lastIndexOf("\n", item.range[0] - 1) + 1;
  const dash = line + (/^\s*/.exec(text.slice(line))?.[0].length ?? 0);
  return text[dash] === "-" &&
    text
      .slice(dash + 1, item.range[0])
      .trim()
      .replace(/^&\S+/, "") === ""
    ? dash
    : null;
}

/** Where the last character of a node or pair is, without the comment and the line break after it. */
function contentEnd(text: string, item: unknown): number {
  let end = 0;
  if (isPair(item)) {
    const key = isNode(item.key) && item.key.range ? item.key.range[1] : 0;
    end = Math.max(key, contentEnd(text, item.value));
  } else if (isCollection(item) && !item.flow && item.items.length > 0) {
    end = contentEnd(text, item.items.at(-1));
  } else if ((isScalar(item) || isAlias(item) || isCollection(item)) && item.range) {
    end = item.range[1];
    while (end > item.range[0] && /\s/.test(text[end - 1] ?? "")) end -= 1;
  }
  return end;
}

function afterLine(text: string, position: number, lines: string): string {
  const end = text.indexOf("\n", position);
  return end === -1 ? `${text}\n${lines}` : text.slice(0, end + 1) + lines + text.slice(end + 1);
}

function columnOf(text: string, position: number): number {
  return position - (text.lastIndexOf("\n", position - 1) + 1);
}

/** Whether the file's lists stand further in than the key that holds them; they do where the file has none. */
function listsAreIndented(text: string): boolean {
  const found = /^( *)(?:- )?[\w-]+:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*( *)- /m.exec(text);
  return found === null || (found[2]?.length ?? 0) > (found[1]?.length ?? 0);
}

/** As YAML 1.1 readers (dbt's) understand it: words such as `yes` are quoted when they are texts. */
function render(value: unknown, indentSeq = true): string {
  return stringify(value, { version: "1.1", lineWidth: 0, indentSeq, defaultStringType: "PLAIN" });
}

function indented(lines: string, column: number): string {
  return lines.replace(/^(?=.)/gm, " ".repeat(column));
}
