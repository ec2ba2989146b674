import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../support";

test.use({ company: "together" });

/** What of a page breaks WCAG 2.2 A or AA. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
    );
}

for (const colorScheme of ["dark", "light"] as const) {
  test(`sign-in, home, the IDE and the console are accessible, ${colorScheme}`, async ({
    page,
    signInAs,
    openSample,
  }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto("/signin");
    await expect(page.getByText("This is a demo")).toBeVisible();
    expect(await violations(page), "sign-in").toEqual([]);
    await signInAs(page, "admin");
    await expect(page.getByRole("heading", { name: "Riverbank Foods" })).toBeVisible();
    expect(await violations(page), "home").toEqual([]);
    const ide = await openSample(page);
    expect(await violations(page), "empty IDE").toEqual([]);
    await ide.openFile("models/marts/operations/dim_stores.sql");
    await ide.preview();
    await expect(ide.cell(0, 0)).toHaveText(/\d/);
    expect(await violations(page), "IDE with a result").toEqual([]);
    await ide.setText("select {{ ref('missing') }}");
    await ide.openPanel("Problems");
    await expect(page.getByRole("list", { name: "Problems" })).toBeVisible();
    expect(await violations(page), "IDE with a problem").toEqual([]);
    for (const screen of [
      "",
      "/policy",
      "/people",
      "/sign-in",
      "/projects",
      "/engines",
      "/sessions",
      "/limits",
      "/audit",
    ]) {
      await page.goto(`/admin${screen}`);
      await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
      await expect(page.getByText("Loading…")).toHaveCount(0);
      expect.soft(await violations(page), `admin${screen}`).toEqual([]);
    }
  });
}
