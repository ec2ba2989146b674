/** A replacement, in pieces: text, or a group of the match by number or name. */
export type Template = readonly (string | { readonly group: number | string })[];

/**
 * Reads a replacement. With `expressions`, `$1`, `$<name>`, `$&` (all of it), `$$` and `\n`, `\t`, `\\` have their usual meaning;
 * without, every character stands for itself.
 */
export function parseTemplate(text: string, expressions: boolean): Template {
  if (!expressions) return [text];
  const pieces: Template[number][] = [];
  const special = /\$(?:(\$)|(&)|<([^>]+)>|(\d{1,2}))|\\([nrt\\])/g;
  let at = 0;
  for (const match of text.matchAll(special)) {
    pieces.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [, dollar, whole, name, number, escaped] = match;
    if (dollar) pieces.push("$");
    else if (whole) pieces.push({ group: 0 });
    else if (name) pieces.push({ group: name });
    else if (number) pieces.push({ group: Number(number) });
    else pieces.push({ n: "\n", r: "\r", t: "\t", "\\": "\\" }[escaped ?? ""] ?? "");
  }
  pieces.push(text.slice(at));
  return pieces;
}

/** The replacement of one match. A group that the expression does not have stays as it was written. */
export function expandTemplate(template: Template, match: RegExpExecArray): string {
  return template
    .map((piece) => {
      if (typeof piece === "string") return piece;
      if (typeof piece.group === "string") {
        const groups = match.groups;
        return groups && piece.group in groups ? (groups[piece.group] ?? "") : `$<${piece.group}>`;
      }
      return piece.group < match.length ? (match[piece.group] ?? "") : `$${piece.group}`;
    })
    .join("");
}
