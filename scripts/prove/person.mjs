import { chromium, expect } from "@playwright/test";
import { SetupError } from "../lib/steps.mjs";

const file = "analyses/weekly_trading_review.sql";
const slow = { timeout: 60_000 };

/** What the production build may run in, without the phoning home of a browser that is opened for the first time. */
const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
];

/** A browser with a profile on disk, as people have one. */
export async function openBrowser(executable, profile) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    args: flags,
  });
  return { context, page: context.pages()[0] ?? (await context.newPage()) };
}

/** Signs in through the sign-in page and the OpenID provider, and opens the sample project: the server clones it. */
export async function openSample(page, { address, ports }) {
  await page.goto(`${address}/signin`);
  await page.getByLabel("Organisation name or work e-mail").fill("Riverbank Foods");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(`http://127.0.0.1:${ports.oidc}/**`);
  await page.getByRole("button", { name: "dev@river.example" }).click();
  await page.waitForURL((url) => url.origin === new URL(address).origin && !url.pathname.startsWith("/signin"));
  await page.goto(`${address}/p/riverbank`);
  const clone = page.getByRole("button", { name: "Clone and open" });
  const files = page.getByRole("treeitem", { name: "dbt_project.yml" });
  await expect(clone.or(files).first()).toBeVisible(slow);
  if (await clone.isVisible()) await clone.click();
  await expect(files).toBeVisible(slow);
  await sessionReady(page);
  await page.keyboard.press("Control+P");
  await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill(file);
  await page
    .getByRole("option", { name: file.split("/").at(-1) })
    .first()
    .click();
  await expect(editor(page).locator(".view-line").first()).toBeVisible(slow);
}

/** Changes the environment, and with it the warehouse. */
export async function chooseEnvironment(page, name) {
  await page.getByRole("combobox", { name: "Environment" }).click();
  await page.getByRole("option", { name: new RegExp(`^env: ${name}`) }).click();
  await expect(page.getByRole("combobox", { name: "Environment" })).toContainText(name);
  await sessionReady(page);
}

/**
 * Previews the canary in every way that handles rows differently, and sees each time that it arrived in the tab.
 * @param {{ text: string, number: string, statement: string }} canary
 * @param {string} endless a query that does not end by itself, with CANARY for the expression
 * @returns {Promise<number>} how many previews
 */
export async function previewEverything(page, canary, endless) {
  const backwards = `reverse('${[...canary.text].reverse().join("")}')`;
  const fetched = `run_query("select ${backwards} as c").columns[0].values()[0]`;
  const results = page.getByRole("region", { name: "Results" });
  const cell = results.locator("#cell-0-0");
  const alert = results.getByRole("alert");

  await previewText(page, canary.statement);
  await expect(cell).toHaveText(canary.text, slow);
  await expect(results.locator("#cell-0-1")).toHaveText(canary.number);
  await expect(results.getByRole("status")).toContainText("500 rows", slow);

  await setText(page, `select 'outside' as nothing\n${backwards.replace(/^/, "select ")} as selected`);
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("columnheader", { name: "selected" })).toBeVisible(slow);
  await expect(cell).toHaveText(canary.text, slow);

  // The warehouse's error quotes the value.
  await previewText(page, `select cast(${backwards} as integer) as broken`);
  await expect(alert).toContainText(canary.text, slow);

  // dbt fetches it while it compiles: it is in the compiled SQL.
  await previewText(page, `select '${whenExecuting(fetched)}' as compiled`);
  await expect(page.getByRole("columnheader", { name: "compiled" })).toBeVisible(slow);
  await expect(cell).toHaveText(canary.text, slow);

  // dbt's error quotes it.
  await previewText(page, whenExecuting(`exceptions.raise_compiler_error(${fetched})`));
  await expect(alert).toContainText(canary.text, slow);

  // Cancelled while it is in the warehouse's hands.
  await previewText(page, endless.replace("CANARY", backwards));
  await expect(results.getByRole("status")).toContainText("streaming", slow);
  await results.getByRole("button", { name: "Cancel" }).click();
  await expect(results.getByRole("status")).toContainText("cancelled", slow);

  // The last word is the rows again, and the text on disk: both are there while everything is searched.
  await previewText(page, canary.statement);
  await expect(cell).toHaveText(canary.text, slow);
  await page.keyboard.press("Control+S");
  await expect(page.getByRole("button", { name: /\bunsaved$/ })).toBeHidden(slow);
  return 7;
}

/**
 * Tries to write through a preview.
 * @returns {Promise<string[]>} the statements that were not refused
 */
export async function tryToWrite(page, statements) {
  const results = page.getByRole("region", { name: "Results" });
  const accepted = [];
  for (const [index, statement] of statements.entries()) {
    const before = `before_${index}`;
    await previewText(page, `select 1 as ${before}`);
    await expect(page.getByRole("columnheader", { name: before })).toBeVisible(slow);
    await previewText(page, statement);
    await expect(page.getByRole("columnheader", { name: before })).toBeHidden(slow);
    await expect(results.getByRole("alert").or(results.getByRole("columnheader")).first()).toBeVisible(slow);
    if (!(await results.getByRole("alert").isVisible())) accepted.push(statement);
  }
  return accepted;
}

/** Puts a value where a careless page could: the search has to find it there. */
export async function plantInBrowser(page, text) {
  await page.evaluate(async (value) => {
    localStorage.setItem("prove-planted", value);
    await new Promise((resolve, reject) => {
      const opening = indexedDB.open("prove-planted", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("rows");
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const writing = opening.result.transaction("rows", "readwrite", { durability: "strict" });
        writing.objectStore("rows").put(value, "row");
        writing.oncomplete = () => resolve();
        writing.onerror = () => reject(writing.error);
      };
    });
  }, text);
}

/** dbt runs no query while it parses. No `{%`, which the editor would close by itself. */
function whenExecuting(expression) {
  return `{{ ${expression} if execute else "" }}`;
}

/** Runs a part of the visit; a failure says what the page showed. */
export async function onPage(page, work) {
  try {
    return await work();
  } catch (error) {
    const said = await page.locator("body").ariaSnapshot();
    throw new SetupError(`${error.message}\n\nThe page showed:\n${said}`, null, { cause: error });
  }
}

function editor(page) {
  return page.getByRole("region", { name: "Editor group" }).locator(".monaco-editor").first();
}

async function setText(page, text) {
  // The editor and not its lines, which a long text scrolls out of sight.
  await editor(page).click({ position: { x: 200, y: 12 } });
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
}

async function previewText(page, text) {
  await setText(page, text);
  await page.keyboard.press("Control+Enter");
}

async function sessionReady(page) {
  const state = page.getByTestId("session-state");
  try {
    await expect(state).toHaveAttribute("data-state", "ready", slow);
  } catch (error) {
    throw new SetupError(
      `The dbt session did not become ready: ${await state.getAttribute("data-state")}, ${await state.textContent()}`,
      "See the logs named above.",
      { cause: error },
    );
  }
}
