import { expect, type Locator, type Page } from "@playwright/test";
import type { World } from "./world";

/** The IDE of the sample project in one page. */
export class Ide {
  readonly page: Page;
  /** The results panel. */
  readonly results: Locator;
  readonly compiled: Locator;
  readonly tree: Locator;

  constructor(page: Page) {
    this.page = page;
    this.results = page.getByRole("region", { name: "Results" });
    this.compiled = page.getByTestId("compiled-sql");
    this.tree = page.getByRole("tree");
  }

  /** Opens the sample project (the first time, that clones it) and waits until dbt is ready. */
  static async open(page: Page, world: World): Promise<Ide> {
    const ide = await Ide.openWithoutSession(page, world);
    await ide.expectSession("ready");
    return ide;
  }

  static async openWithoutSession(page: Page, world: World, slug = "riverbank"): Promise<Ide> {
    await page.goto(`${world.address}/p/${slug}`);
    const ide = new Ide(page);
    const clone = page.getByRole("button", { name: "Clone and open" });
    const files = page.getByRole("treeitem", { name: "dbt_project.yml" });
    await expect(clone.or(files).first()).toBeVisible();
    if (await clone.isVisible()) await clone.click();
    await expect(files).toBeVisible({ timeout: 30_000 });
    return ide;
  }

  async expectSession(state: string, { timeout = 90_000 } = {}): Promise<void> {
    await expect(this.page.getByTestId("session-state")).toHaveAttribute("data-state", state, { timeout });
  }

  /** Opens a file by its name through the palette, and waits until its own text is shown. */
  async openFile(path: string): Promise<void> {
    const name = path.split("/").at(-1) ?? path;
    await this.page.keyboard.press("Control+P");
    await this.page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill(path);
    await this.page.getByRole("option", { name }).first().click();
    await expect(this.tab(name)).toHaveAttribute("aria-selected", "true");
    // The editor stays while its file changes: until then it still shows the former one.
    const group = this.page.getByRole("region", { name: "Editor group" });
    await expect(group.locator(`.monaco-editor[data-uri$="/${path}"] .view-line`).first()).toBeVisible();
  }

  /** The rows of the SQL files of a folder, which is opened in the tree. */
  async rowsOf(folder: string): Promise<Locator> {
    const parts = folder.split("/");
    for (const [at] of parts.entries()) {
      const row = this.page.locator(`[role="treeitem"][data-path="${parts.slice(0, at + 1).join("/")}"]`);
      if ((await row.getAttribute("aria-expanded")) === "false") await row.click();
    }
    const files = this.page.locator(`[role="treeitem"][data-path^="${folder}/"][data-path$=".sql"]`);
    await files.first().waitFor();
    return files;
  }

  /** Clicks on a file's row as a person does. Returns milliseconds from the click to the frame in which the editor shows the file. */
  async timeToOpen(row: Locator): Promise<number> {
    const path = (await row.getAttribute("data-path")) ?? "";
    const watched = await this.page.evaluateHandle(watchOpening, path);
    // A person's button stays down for 60 to 100 ms.
    await row.click({ delay: 60 });
    return watched.evaluate(({ shown }) => shown);
  }

  tab(name: string): Locator {
    return this.page.getByRole("tablist", { name: "Open files" }).getByRole("tab", { name });
  }

  get editor(): Locator {
    return this.page.getByRole("region", { name: "Editor group" }).locator(".monaco-editor").first();
  }

  /** Puts the cursor into the text. */
  async focusEditor(): Promise<void> {
    await this.editor.locator(".native-edit-context, textarea.inputarea").first().focus();
  }

  /** Replaces the whole text, as one insertion. Brackets that the editor closes by itself behind it are taken away. */
  async setText(text: string): Promise<void> {
    await this.focusEditor();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(text);
    await this.page.keyboard.press("Control+Shift+End");
    await this.page.keyboard.press("Delete");
  }

  /**
   * Begins a new line and expects the cursor at its indentation. A text that was just inserted keeps the indentation of the line before
   * until the editor has read it in the background, so Enter is then taken back and pressed again.
   */
  async newLine(line: number, column: number): Promise<void> {
    await expect(async () => {
      await this.page.keyboard.press("Enter");
      const place = this.page.getByRole("button", { name: `Ln ${line}, Col ${column}`, exact: true });
      try {
        await expect(place).toBeVisible({ timeout: 2_000 });
      } catch (error) {
        await this.page.keyboard.press("Control+Z");
        throw error;
      }
    }).toPass();
  }

  /** Goes to the end of the text and types. */
  async typeAtEnd(text: string): Promise<void> {
    await this.focusEditor();
    await this.page.keyboard.press("Control+End");
    await this.page.keyboard.insertText(text);
  }

  async expectText(text: string): Promise<void> {
    await expect(this.editor.locator(".view-lines").first()).toContainText(asShown(text));
  }

  async expectCompiled(text: string, { stale = false } = {}): Promise<void> {
    await expect(this.compiled).toHaveAttribute("data-stale", String(stale));
    await expect(this.compiled.locator(".view-lines")).toContainText(asShown(text));
  }

  async save(): Promise<void> {
    await this.page.keyboard.press("Control+S");
    await expect(this.page.getByRole("button", { name: /\bunsaved$/ })).toBeHidden();
  }

  /** Previews unsaved SQL typed into an analysis, and does not wait for its end. */
  async previewSql(sql: string): Promise<void> {
    if (!(await this.tab("weekly_trading_review.sql").isVisible()))
      await this.openFile("analyses/weekly_trading_review.sql");
    await this.setText(sql);
    await this.preview();
  }

  async preview(): Promise<void> {
    await this.focusEditor();
    await this.page.keyboard.press("Control+Enter");
  }

  /** Subject, number of rows, times and outcome, in one line. */
  get status(): Locator {
    return this.results.getByRole("status");
  }

  cell(row: number, column: number): Locator {
    return this.results.locator(`#cell-${row}-${column}`);
  }

  async openPanel(name: "Results" | "Problems" | "History"): Promise<void> {
    await this.page.getByRole("tablist", { name: "Bottom panel" }).getByRole("tab", { name }).click();
  }

  async showVersionControl(): Promise<void> {
    await this.page.keyboard.press("Control+Shift+G");
    await expect(this.page.getByRole("heading", { name: "Version control" })).toBeVisible();
  }
}

/** The text editor draws spaces as no-break spaces. */
function asShown(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s*"));
}

/** Runs in the page: milliseconds from the next click to the frame that shows `path`. */
function watchOpening(path: string): { shown: Promise<number> } {
  const shown = new Promise<number>((resolve) => {
    const begin = ({ timeStamp }: MouseEvent) => {
      const look = () => {
        if (document.querySelector(`.monaco-editor[data-uri$="/${path}"] .view-line span span`)) {
          resolve(performance.now() - timeStamp);
        } else {
          nextFrame();
        }
      };
      // In a task after the frame, which the editor may draw in after this: what is there then is on its way to the screen.
      const nextFrame = () => requestAnimationFrame(() => setTimeout(look));
      nextFrame();
    };
    window.addEventListener("click", begin, { capture: true, once: true });
  });
  return { shown };
}
