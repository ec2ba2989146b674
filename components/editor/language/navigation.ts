import type { IndexNode } from "@/server/contract";
import { type Reference, referenceAt } from "./context";
import type { ProjectLookup } from "./project-lookup";

/** Where a thing of the project is defined, and the offsets of the text that names it. */
export interface Definition {
  path: string;
  /** 1-based. */
  line: number;
  start: number;
  end: number;
}

function defined(
  lookup: ProjectLookup,
  reference: Reference,
): { path: string; line: number | null; packageName: string } | null {
  switch (reference.kind) {
    case "ref":
      return lookup.ref(reference.name, reference.packageName);
    case "source":
      return lookup.source(reference.sourceName, reference.name);
    case "macro":
      return lookup.macro(reference.name, reference.packageName);
    case "doc": {
      const doc = lookup.index.docs.find((candidate) => candidate.name === reference.name);
      return doc ? { ...doc, line: null } : null;
    }
  }
}

/** Where the thing at `offset` is defined, when that is a file of this project. */
export function definitionAt(lookup: ProjectLookup, text: string, offset: number): Definition | null {
  const reference = referenceAt(text, offset);
  const found = reference && defined(lookup, reference);
  if (!found || found.packageName !== lookup.index.projectName) {
    return null;
  }
  return { path: found.path, line: found.line ?? 1, start: reference.start, end: reference.end };
}

function escapeMarkdown(text: string): string {
  return text.replace(/([\\`*_{}[\]()#+\-!|<>])/g, "\\$1");
}

/** A node's card in Markdown: what it is, what it says about itself, its columns. */
export function nodeCard(node: IndexNode): string {
  const facts = [node.resourceType, node.materialized, node.relation && `\`${node.relation}\``]
    .filter(Boolean)
    .join(" · ");
  const title = node.sourceName ? `${node.sourceName}.${node.name}` : node.name;
  const shown = node.columns.slice(0, 24);
  const columns = shown.map(
    (column) =>
      `| \`${column.name}\` | ${column.type ?? ""} | ${escapeMarkdown(column.description.split("\n")[0] ?? "")} |`,
  );
  return [
    `**${escapeMarkdown(title)}**  \n${facts}`,
    node.description && escapeMarkdown(node.description),
    columns.length > 0 && ["| column | type | description |", "|---|---|---|", ...columns].join("\n"),
    node.columns.length > shown.length && `and ${node.columns.length - shown.length} more columns`,
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** The hover card of the thing at `offset`, with the offsets it belongs to. */
export function hoverAt(
  lookup: ProjectLookup,
  text: string,
  offset: number,
): { markdown: string; start: number; end: number } | null {
  const reference = referenceAt(text, offset);
  if (!reference) {
    return null;
  }
  const { start, end } = reference;
  if (reference.kind === "ref" || reference.kind === "source") {
    const node =
      reference.kind === "ref"
        ? lookup.ref(reference.name, reference.packageName)
        : lookup.source(reference.sourceName, reference.name);
    return node
      ? { markdown: nodeCard(node), start, end }
      : {
          markdown: `There is no ${reference.kind} named **${escapeMarkdown(reference.name)}** in this project.`,
          start,
          end,
        };
  }
  if (reference.kind === "doc") {
    const doc = lookup.index.docs.find((candidate) => candidate.name === reference.name);
    return doc ? { markdown: escapeMarkdown(doc.text), start, end } : null;
  }
  const macro = lookup.macro(reference.name, reference.packageName);
  if (!macro) {
    return null;
  }
  const signature = `\`\`\`\n${macro.packageName}.${macro.name}(${macro.arguments.join(", ")})\n\`\`\``;
  return {
    markdown: [signature, macro.description && escapeMarkdown(macro.description)].filter(Boolean).join("\n\n"),
    start,
    end,
  };
}
