import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "@playwright/test";
import { build } from "esbuild";

const page = `<!doctype html><meta charset="utf-8"><title>Bare editor</title><link rel="stylesheet" href="page.css">
<style>html,body,main{margin:0;height:100%}</style><main></main><script src="page.js"></script>`;
const types: Record<string, string> = { html: "text/html", js: "text/javascript", css: "text/css" };

/**
 * A page of the same browser with nothing but Monaco, in the page's grammar and options: what a key press costs there is Monaco's
 * and Chromium's own. With `suggestions` it offers a list of words as one types. Its files never leave this process; they are answered
 * in the browser.
 */
export async function openBareEditor(
  context: BrowserContext,
  { root, output, text, suggestions = false }: { root: string; output: string; text: string; suggestions?: boolean },
): Promise<Page> {
  const folder = join(output, "bare");
  await build({
    entryPoints: {
      page: join(root, "bench", "support", "bare-page.ts"),
      worker: join(root, "node_modules", "monaco-editor", "esm", "vs", "editor", "editor.worker.js"),
    },
    ...{ outdir: folder, bundle: true, minify: true, format: "iife", alias: { "@": root } },
    ...{
      define: { "process.env.NODE_ENV": '"production"', "process.env": "{}", "import.meta.url": '"http://localhost/"' },
    },
    ...{ loader: { ".ttf": "dataurl" }, logLevel: "error" },
  });
  await context.route("**/bare-editor/*", (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
    const file = join(folder, name);
    const contentType = types[name.split(".").at(-1) ?? ""] ?? "text/plain";
    if (name === "index.html") return route.fulfill({ contentType, body: page });
    return existsSync(file) ? route.fulfill({ contentType, body: readFileSync(file) }) : route.fulfill({ status: 404 });
  });
  const bare = await context.newPage();
  await bare.goto(`/bare-editor/index.html${suggestions ? "?suggestions" : ""}`);
  await bare.locator(".monaco-editor .view-line").first().waitFor();
  await bare.evaluate((shown) => (window as unknown as { showText(text: string): void }).showText(shown), text);
  return bare;
}
