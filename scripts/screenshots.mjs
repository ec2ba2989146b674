/**
 * Takes the README's pictures from a running demo: `node scripts/screenshots.mjs [address]`, while `npm start` serves.
 * A small rule that concerns nobody is set for the picture of the policy and removed afterwards.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { ensureBrowser } from "./lib/browser.mjs";
import { root } from "./lib/paths.mjs";

const address = (process.argv[2] ?? "http://localhost:3000").replace(/\/$/, "");
const folder = join(root, "docs", "images");
mkdirSync(folder, { recursive: true });
const { executable } = await ensureBrowser();
const browser = await chromium.launch({ executablePath: executable, args: ["--no-sandbox", "--disable-gpu"] });
try {
  await ide("dark");
  await ide("light");
  await policy();
} finally {
  await browser.close();
}

async function signedIn(email, colorScheme) {
  const context = await browser.newContext({
    ...{ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "UTC", colorScheme },
    baseURL: address,
  });
  const page = await context.newPage();
  await page.goto("/signin");
  await page.getByLabel("Organisation name or work e-mail").fill(email);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  return page;
}

/** A mart that is being edited, its compiled SQL, and its rows. */
async function ide(colorScheme) {
  const page = await signedIn("dev@river.example", colorScheme);
  await page.goto("/p/riverbank");
  const clone = page.getByRole("button", { name: "Clone and open" });
  const files = page.getByRole("treeitem", { name: "dbt_project.yml" });
  await clone.or(files).first().waitFor();
  if (await clone.isVisible()) await clone.click();
  await files.waitFor();
  await page.locator("[data-testid=session-state][data-state=ready]").waitFor({ timeout: 60_000 });
  for (const name of ["stg_orders.sql", "finance_store_months.sql", "finance_daily_revenue.sql"]) {
    await page.keyboard.press("Control+P");
    await page.getByRole("combobox", { name: "Go to file, symbol or command" }).fill(name);
    await page.getByRole("option", { name }).first().click();
    await page.getByRole("tab", { name, selected: true }).waitFor();
  }
  const editor = page.getByRole("region", { name: "Editor group" }).locator(".view-lines").first();
  await editor.click({ position: { x: 120, y: 8 } });
  await page.getByTestId("compiled-sql").locator(".view-line").first().waitFor();
  await page.keyboard.press("Control+Enter");
  await page.locator("#cell-5-1").filter({ hasText: /\S/ }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).waitFor({ state: "hidden" });
  await page.screenshot({ path: join(folder, `ide-${colorScheme}.png`) });
  await page.context().close();
}

async function policy() {
  const page = await signedIn("ada@river.example", "dark");
  await page.goto("/admin/policy");
  await page.getByRole("button", { name: "Add rule" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Applies to" }).click();
  await page.getByRole("option", { name: "A role" }).click();
  await dialog.getByRole("combobox", { name: "Which role" }).click();
  await page.getByRole("option", { name: "analyst" }).click();
  await dialog.getByRole("switch", { name: "Export and copy" }).click();
  await dialog.getByLabel("Rows at most").fill("10000");
  await dialog.getByLabel("Reason").fill("Customer data stays in the warehouse");
  await dialog.getByRole("button", { name: "Save rule" }).click();
  const rule = page.getByRole("table", { name: "Policy rules" }).getByRole("row").filter({ hasText: "analyst" });
  await rule.waitFor();
  await page.getByText("The policy is in force.").waitFor({ state: "hidden" });
  await page.screenshot({ path: join(folder, "admin-policy-dark.png") });
  await rule.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove rule" }).click();
  await rule.waitFor({ state: "hidden" });
}
