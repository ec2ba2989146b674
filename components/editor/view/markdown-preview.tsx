"use client";
import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";
import { useEffect, useMemo, useRef } from "react";
import { useAppearance, useStore } from "@/components/shell";
import type { EditorController } from "../model/controller";
import { docsAsHeadings } from "../model/docs-blocks";

const markdown = new MarkdownIt({ html: true, linkify: true });

/** What may be in a preview: text and its form. No scripts, styles, frames or forms; images are shown by their text alone. */
const allowed = {
  USE_PROFILES: { html: true },
  FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "img", "video", "audio", "iframe"],
  FORBID_ATTR: ["style", "id", "name"],
};

/** A Markdown file as it will look, following the text; `mermaid` blocks are drawn. */
export function MarkdownPreview({ controller, path }: { controller: EditorController; path: string }) {
  const text = useStore(controller.buffers.store, (buffers) => buffers.get(path)?.text ?? "");
  const { dark } = useAppearance();
  const place = useRef<HTMLDivElement>(null);
  const html = useMemo(() => markdown.render(docsAsHeadings(text)), [text]);

  useEffect(() => {
    const element = place.current;
    if (element === null) {
      return;
    }
    let current = true;
    element.replaceChildren(DOMPurify.sanitize(html, { ...allowed, RETURN_DOM_FRAGMENT: true }));
    for (const link of element.querySelectorAll("a[href]")) {
      link.setAttribute("rel", "noopener noreferrer");
      link.setAttribute("target", "_blank");
    }
    const diagrams = [...element.querySelectorAll("code.language-mermaid")];
    if (diagrams.length > 0) {
      void drawDiagrams(diagrams, dark, () => current);
    }
    return () => {
      current = false;
    };
  }, [html, dark]);

  function onClick(event: React.MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const address = link?.getAttribute("href") ?? "";
    if (link === null || /^[a-z][a-z0-9+.-]*:/i.test(address) || address.startsWith("//")) {
      return;
    }
    event.preventDefault();
    if (!address.startsWith("#")) {
      const folder = path.split("/").slice(0, -1);
      for (const part of address.replace(/[?#].*$/, "").split("/")) {
        if (part === "..") folder.pop();
        else if (part !== "." && part !== "") folder.push(part);
      }
      controller.open(folder.join("/"));
    }
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: links inside are what is clicked; this keeps those to files in the project.
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click.
    <div
      ref={place}
      data-testid="markdown-preview"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard.
      tabIndex={0}
      onClick={onClick}
      className="prose-page h-full overflow-auto px-6 py-4"
    />
  );
}

let drawn = 0;

/** Draws each diagram in the place of its text; one that cannot be drawn says why and keeps its text. */
async function drawDiagrams(blocks: Element[], dark: boolean, isCurrent: () => boolean): Promise<void> {
  const { default: mermaid } = await import("mermaid");
  mermaid.initialize({
    startOnLoad: false,
    suppressErrorRendering: true,
    securityLevel: "strict",
    theme: dark ? "dark" : "neutral",
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    fontFamily: "ui-sans-serif, system-ui, sans-serif",
  });
  for (const block of blocks) {
    const source = block.textContent ?? "";
    const frame = block.closest("pre") ?? block;
    drawn += 1;
    try {
      const { svg } = await mermaid.render(`diagram-${drawn}`, source);
      if (!isCurrent()) {
        return;
      }
      const figure = document.createElement("figure");
      figure.setAttribute("aria-label", "Diagram");
      figure.append(
        DOMPurify.sanitize(svg, { USE_PROFILES: { svg: true, svgFilters: true }, RETURN_DOM_FRAGMENT: true }),
      );
      frame.replaceWith(figure);
    } catch (error) {
      if (!isCurrent()) {
        return;
      }
      const problem = document.createElement("p");
      problem.setAttribute("role", "alert");
      problem.textContent = `This diagram cannot be drawn: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`;
      frame.before(problem);
    }
  }
}
