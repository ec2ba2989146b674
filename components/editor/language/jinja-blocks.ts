import { jinjaPieces } from "./jinja-pieces";

interface Tag {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}
/** A block with its tags in order: `if`, `elif`, `else`, `endif`. */
export interface JinjaBlock {
  readonly tags: readonly Tag[];
  readonly closed: boolean;
}

const opening = new Set(
  "if for macro call filter raw block test materialization snapshot docs data_test autoescape trans".split(" "),
);
const middle = new Set(["elif", "else"]);
const tagWord = /^\s*([A-Za-z_]\w*)/;
let last: { text: string; blocks: readonly JinjaBlock[] } | null = null;

/** Every Jinja block of a text, those inside after those around them. A block without end is there too, not closed. */
export function jinjaBlocks(text: string): readonly JinjaBlock[] {
  if (last?.text === text) {
    return last.blocks;
  }
  const blocks: { tags: Tag[]; closed: boolean }[] = [];
  const open: { word: string; block: { tags: Tag[]; closed: boolean } }[] = [];
  for (const piece of jinjaPieces(text)) {
    if (piece.kind === "raw") {
      const marks = [
        { word: "raw", start: piece.start, end: piece.codeStart },
        { word: "endraw", start: piece.codeEnd, end: piece.end },
      ];
      blocks.push({ tags: piece.closed ? marks : marks.slice(0, 1), closed: piece.closed });
    }
    if (piece.kind !== "statement") {
      continue;
    }
    const code = text.slice(piece.codeStart, piece.codeEnd);
    const word = tagWord.exec(code)?.[1] ?? "";
    const tag = { word, start: piece.start, end: piece.end };
    if (opening.has(word) || (word === "set" && /^\s*set\s+[\w\s,.]+$/.test(code))) {
      const block = { tags: [tag], closed: false };
      blocks.push(block);
      open.push({ word, block });
    } else if (middle.has(word)) {
      open.at(-1)?.block.tags.push(tag);
    } else if (word.startsWith("end")) {
      const at = open.findLastIndex((candidate) => `end${candidate.word}` === word.replace("end_", "end"));
      const [found] = at < 0 ? [] : open.splice(at);
      if (found) {
        found.block.tags.push(tag);
        found.block.closed = true;
      }
    }
  }
  last = { text, blocks };
  return blocks;
}

/** The block one of whose tags is at `offset`, or null. */
export function blockOfTag(text: string, offset: number): JinjaBlock | null {
  return (
    jinjaBlocks(text).find(({ tags }) =>
      tags.some((tag) => tag.start <= offset && offset <= tag.end && tags.length > 1),
    ) ?? null
  );
}
