import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../support";

test.use({ company: "together" });

/** What of a page, or of what a selector names in it, breaks WCAG 2.2 A or AA. */
async function violations(
  page: Page,
  within: string | { fromShadowDom: [string, string] } = "body",
): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ["violations"] })
    .include(within)
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
    );
}

/** Runs in the page: the colour of something right after it was given another one. */
function changedColour(): string {
  const probe = document.createElement("span");
  document.body.append(probe);
  for (const colour of ["red", "blue"]) {
    probe.style.color = colour;
    getComputedStyle(probe).getPropertyValue("color");
  }
  const shown = getComputedStyle(probe).color;
  probe.remove();
  return shown;
}

/** Screens of the console, with the button that opens a dialog. */
const screens: readonly [path: string, dialog: string | null][] = [
  ["", null],
  ["/policy", "Add rule"],
  ["/people", "Add role"],
  ["/sign-in", "Add a connection"],
  ["/projects", "Add environment"],
  ["/engines", "Add an engine"],
  ["/sessions", null],
  ["/limits", null],
  ["/audit", null],
];

for (const colorScheme of ["dark", "light"] as const) {
  test(`sign-in, home and the IDE are accessible, ${colorScheme}`, async ({ page, signInByPagesAs, openSample }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto("/signin");
    await expect(page.getByText("This is a demo")).toBeVisible();
    expect(await violations(page), "sign-in").toEqual([]);
    expect(await page.evaluate(changedColour), "with reduced motion a colour is there at once").toBe("rgb(0, 0, 255)");
    await signInByPagesAs(page, "admin");
    await expect(page.getByRole("heading", { name: "Riverbank Foods" })).toBeVisible();
    expect(await violations(page), "home").toEqual([]);
    const ide = await openSample(page);
    expect(await violations(page), "empty IDE").toEqual([]);
    await ide.openFile("models/marts/operations/dim_stores.sql");
    await ide.preview();
    await expect(ide.cell(0, 0)).toHaveText(/\d/);
    expect(await violations(page), "IDE with a result").toEqual([]);
    const shown = '[aria-label="Results"]';
    await ide.results.getByRole("button", { name: "Pivot" }).click();
    await expect(ide.results.getByRole("grid", { name: "Pivot" })).toContainText("Total");
    expect(await violations(page, shown), "pivot").toEqual([]);
    await ide.results.getByRole("button", { name: "Chart" }).click();
    await expect(ide.results.locator("canvas").first()).toBeVisible();
    expect(await violations(page, shown), "chart").toEqual([]);
    await ide.results.getByRole("button", { name: /^Compare/ }).click();
    await ide.results.getByRole("button", { name: "Compare with the built table" }).click();
    await expect(ide.results.getByText("No row is different")).toBeVisible();
    expect(await violations(page, shown), "comparison").toEqual([]);
    await ide.results.getByRole("button", { name: "Table", exact: true }).click();
    await page.keyboard.press("Control+Alt+L");
    await expect(page.locator("canvas[data-drawn]")).toHaveAttribute("data-drawn", /^[1-9]/);
    await page.keyboard.press("Control+Alt+D");
    await page.getByRole("button", { name: "Edit documentation" }).click();
    await expect(page.getByRole("button", { name: "Synchronise" })).toBeVisible();
    await page.keyboard.press("Control+Shift+D");
    await expect(page.getByRole("tree", { name: "Warehouse" })).toBeVisible();
    expect(await violations(page), "lineage, form of the documentation, data explorer").toEqual([]);
    await page.getByRole("textbox", { name: "Filter relations" }).fill("dim_stores");
    await page.getByRole("treeitem", { name: /dim_stores/ }).click({ button: "right" });
    await expect(page.getByRole("menuitem", { name: "Preview rows" })).toBeVisible();
    expect(await violations(page, "[role=menu]"), "menu of the data explorer").toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "List", exact: true }).click();
    await expect(page.getByRole("table", { name: "Nodes of the graph" })).toBeVisible();
    expect(await violations(page, '[aria-label="Bottom panel"]'), "lineage as a list").toEqual([]);
    await page.getByRole("button", { name: "Graph", exact: true }).click();
    await page.keyboard.press("Control+,");
    await expect(page.getByRole("dialog", { name: "Preferences" })).toBeVisible();
    expect(await violations(page, "[role=dialog]"), "preferences").toEqual([]);
    await page.keyboard.press("Escape");
    await ide.setText("select {{ ref('missing') }}");
    await page.keyboard.press("Shift+F10");
    await expect(page.getByRole("menuitem", { name: "Extract to a model…" })).toBeVisible();
    const menu = await violations(page, { fromShadowDom: [".shadow-root-host", ".monaco-menu"] });
    expect(
      menu.filter((found) => found.startsWith("color-contrast")),
      "menu of the text editor",
    ).toEqual([]);
    await page.keyboard.press("Escape");
    const { width = 0 } = (await ide.editor.boundingBox()) ?? {};
    await ide.editor.click({ button: "right", position: { x: width - 40, y: 60 } });
    const entry = page.getByRole("menuitem", { name: "Extract to a model…" });
    const { width: wide = 0 } = (await entry.boundingBox()) ?? {};
    // Its end is over the pane beside the editor, and is there to be clicked.
    await entry.click({ trial: true, position: { x: wide - 4, y: 10 } });
    await page.keyboard.press("Escape");
    await ide.openPanel("Problems");
    await expect(page.getByRole("list", { name: "Problems" })).toBeVisible();
    expect(await violations(page), "IDE with a problem").toEqual([]);
    await page.keyboard.press("Control+Alt+O");
    await page.keyboard.press("Control+Shift+F");
    await page.getByRole("textbox", { name: "Search in project" }).fill("store_id");
    await page.getByRole("button", { name: "Replace too" }).click();
    await expect(page.getByRole("tree", { name: "Search results" })).toBeVisible();
    expect(await violations(page, '[aria-label="Side bar"]'), "search with what is replaced").toEqual([]);
    expect(await violations(page, '[aria-label="Outline"]'), "outline").toEqual([]);
    await page.keyboard.press("Control+Shift+P");
    await expect(page.getByRole("option").first()).toBeVisible();
    expect(await violations(page, "[role=dialog]"), "palette").toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Alt+K");
    await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    expect(await violations(page, "[role=dialog]"), "keyboard shortcuts").toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+P");
    await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill("return_reasons.csv");
    await page.getByRole("option", { name: "return_reasons.csv" }).click();
    await expect(page.getByRole("grid", { name: "seeds/return_reasons.csv as a table" })).toBeVisible();
    expect(await violations(page, '[aria-label="Editor group"]'), "CSV as a table").toEqual([]);
    await ide.openFile("models/docs.md");
    await page.getByRole("button", { name: "Show preview" }).click();
    await expect(page.getByTestId("markdown-preview").getByRole("heading").first()).toBeVisible();
    expect(await violations(page, '[aria-label="Editor group"]'), "Markdown as a page").toEqual([]);
    await ide.openFile("models/staging/stg_stores.sql");
    await page.keyboard.press("F2");
    const dialog = page.getByRole("dialog", { name: "Rename model stg_stores" });
    await dialog.getByRole("textbox", { name: "Name" }).fill("stg_shops");
    await expect(dialog.getByRole("region", { name: "Changes" })).toBeVisible();
    expect(await violations(page, "[role=dialog]"), "what a renaming would change").toEqual([]);
    await page.keyboard.press("Escape");
  });

  test(`the console is accessible, ${colorScheme}`, async ({ page, signInAs }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await signInAs(page, "admin");
    for (const [screen, opens] of screens) {
      await page.goto(`/admin${screen}`);
      await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
      await expect(page.getByText("Loading…")).toHaveCount(0);
      expect.soft(await violations(page), `admin${screen}`).toEqual([]);
      if (opens === null) continue;
      await page.getByRole("button", { name: opens }).first().click();
      await expect(page.getByRole("dialog")).toBeVisible();
      expect.soft(await violations(page, "[role=dialog]"), `admin${screen}: ${opens}`).toEqual([]);
    }
  });
}
