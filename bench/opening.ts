import type { Page } from "@playwright/test";

const folder = "models/marts/finance";

/**
 * Milliseconds from a click in the tree of files to the frame in which the editor shows the file's text. Each file is read from the server:
 * files that are only looked at share one tab, and the last one's text is given up with it.
 */
export async function measureOpening(page: Page, rounds: number): Promise<number[]> {
  const parts = folder.split("/");
  for (const [at] of parts.entries()) {
    const row = page.locator(`[role="treeitem"][data-path="${parts.slice(0, at + 1).join("/")}"]`);
    if ((await row.getAttribute("aria-expanded")) === "false") await row.click();
  }
  const files = page.locator(`[role="treeitem"][data-path^="${folder}/"][data-path$=".sql"]`);
  await files.first().waitFor();
  const paths = await files.evaluateAll((rows) => rows.flatMap((row) => row.getAttribute("data-path") ?? []));
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const path of paths) times.push(await page.evaluate(open, path));
  }
  return times;
}

/** Runs in the page. */
function open(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const row = document.querySelector<HTMLElement>(`[role="treeitem"][data-path="${path}"]`);
    if (row === null) {
      reject(new Error(`The tree does not show ${path}.`));
      return;
    }
    const shown = () => document.querySelector(`.monaco-editor[data-uri$="/${path}"] .view-line span span`) !== null;
    const begun = performance.now();
    row.click();
    const look = () => {
      if (!shown()) requestAnimationFrame(look);
      // A task after the frame's callbacks: then it is on its way to the screen.
      else setTimeout(() => resolve(performance.now() - begun));
    };
    look();
  });
}
