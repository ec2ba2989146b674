import { expect, test } from "../support";
import { servicePids } from "../support/world";

test.use({ company: "together" });

test("the web server restarted in mid-edit loses nothing that was typed", async ({
  page,
  world,
  signInAs,
  openSample,
}) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.openFile("models/staging/stg_stores.sql");
  await ide.setText("select 'typed before' as word");
  await ide.expectCompiled("typed before");
  const { web } = servicePids(world);
  process.kill(web, "SIGKILL");
  await expect(page.getByRole("alert").filter({ hasText: "It is tried again by itself" })).toBeVisible();
  await ide.setText("select 'typed meanwhile' as word");
  await ide.expectText("typed meanwhile");
  await expect.poll(() => servicePids(world).web, { timeout: 60_000 }).not.toBe(web);
  await expect(page.getByRole("alert").filter({ hasText: "It is tried again by itself" })).toBeHidden({
    timeout: 60_000,
  });
  await ide.expectCompiled("typed meanwhile");
  await ide.save();
  await page.reload();
  await ide.expectText("typed meanwhile");
});

test("the runner killed by hand comes back, and previews with it", async ({ page, world, signInAs, openSample }) => {
  await signInAs(page, "developer");
  const ide = await openSample(page);
  await ide.previewSql("select 'first' as word");
  await expect(ide.cell(0, 0)).toHaveText("first");
  const { runner } = servicePids(world);
  process.kill(runner, "SIGKILL");
  await expect(page.getByRole("alert").filter({ hasText: "The dbt session was lost" })).toBeVisible();
  await expect.poll(() => servicePids(world).runner, { timeout: 60_000 }).not.toBe(runner);
  await expect(async () => {
    await ide.previewSql("select 'again' as word");
    await expect(ide.cell(0, 0)).toHaveText("again", { timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
});
