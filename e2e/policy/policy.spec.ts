import { expect, type Page } from "@playwright/test";
import { type Ide, test } from "../support";
import { ask, call, placeOf, postPreview } from "../support/api";
import { sql } from "../support/database";
import type { World } from "../support/world";

/** Rows trickle: each costs the database a while. */
const trickle =
  "select i, list_sum(list_transform(range(2000), lambda x: (x * i) % 7)) as work from range(1000000) as numbers (i)";

async function switchOff(admin: Page, reason: string): Promise<void> {
  await admin.goto("/admin/policy");
  await admin.getByRole("button", { name: "Switch preview off…" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(reason);
  await expect(dialog).toContainText("Saving ends every running preview");
  await dialog.getByRole("button", { name: "Switch preview off" }).click();
}

/** From the moment the policy changed to the end of the preview that it ended, by the server's clock. */
async function millisecondsToEnd(world: World, slug: string): Promise<number> {
  const [row] = await sql<{ milliseconds: string }>(
    world,
    `select extract(epoch from (r.started_at + r.milliseconds * interval '1 millisecond') - e.at) * 1000 as milliseconds
     from organisations o
     join query_runs r on r.organisation_id = o.id and r.outcome = 'ended'
     join audit_events e on e.organisation_id = o.id and e.action = 'policy.changed'
     where o.slug = $1 order by e.id limit 1`,
    [slug],
  );
  if (!row) throw new Error("No preview was ended.");
  return Number(row.milliseconds);
}

async function startTrickle(ide: Ide): Promise<void> {
  await ide.previewSql(trickle);
  await expect(ide.status).toContainText(/[1-9]\d* rows/);
  await ide.results.getByRole("button", { name: "Fetch all" }).click();
  await expect(ide.status).toContainText("streaming");
  await expect(ide.cell(0, 0)).toBeVisible();
}

test("switched off, a running preview ends within a second and every way to rows is refused until it is on again", async ({
  page,
  world,
  organisation,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  const admin = await anotherBrowser("admin");
  await signInAs(page, "developer");
  const ide = await openSample(page);
  const place = await placeOf(page);
  await startTrickle(ide);

  await switchOff(admin, "Month-end closing");
  await expect(ide.status).toContainText("ended by the server");
  expect(await millisecondsToEnd(world, organisation.slug)).toBeLessThan(1_000);
  await expect(ide.results).toContainText("Ada Admin");
  await expect(ide.results).toContainText("Month-end closing");

  await page.reload();
  await ide.expectSession("ready");
  await expect(ide.results).toContainText("Preview is switched off by your administrator");
  await expect(ide.results).toContainText(/Ada Admin switched it off for the organisation Test Company \d+/);
  await ide.preview();
  await expect(ide.results).toContainText("Preview is switched off by your administrator");

  const refused = { status: 403, error: { code: "POLICY_OFF" } };
  expect(await postPreview(page, { ...place, sql: "select 1" })).toMatchObject(refused);
  expect(await postPreview(admin, { ...place, sql: "select 1" })).toMatchObject({
    error: { code: expect.stringMatching(/POLICY_OFF|NOT_FOUND/) },
  });
  const asking =
    "{% if execute %}select {{ run_query('select 4711 as secret').columns[0].values()[0] }} as answer{% endif %}";
  const compiled = await call<{ sql: string | null }>(page, "dbt.compile", {
    ...place,
    path: null,
    text: null,
    sql: asking,
    version: 1,
  });
  expect(JSON.stringify(compiled)).not.toContain("4711 as answer");
  expect(JSON.stringify(compiled)).toContain("POLICY_OFF");

  await admin.getByRole("button", { name: "Switch preview on…" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Save rule" }).click();
  await expect(admin.getByRole("button", { name: "Switch preview off…" })).toBeVisible();
  await ide.previewSql("select 'back' as word");
  await expect(ide.cell(0, 0)).toHaveText("back");

  const events = await sql<{
    action: string;
    details: { before?: { preview: boolean }; after?: { preview: boolean } };
  }>(
    world,
    "select action, details from audit_events where organisation_id = (select id from organisations where slug = $1) order by id",
    [organisation.slug],
  );
  const actions = events.map(({ action }) => action);
  expect(actions).toEqual(expect.arrayContaining(["policy.changed", "preview.refused", "preview.run"]));
  const changes = events.filter(({ action }) => action === "policy.changed");
  expect(changes.at(-1)?.details).toMatchObject({ before: { preview: false }, after: { preview: true } });
  expect(JSON.stringify(events)).not.toContain("list_transform");
});

test("export off leaves rows to be seen, not taken; a limit of rows holds for everyone", async ({
  page,
  signInAs,
  openSample,
  anotherBrowser,
}) => {
  const admin = await anotherBrowser("admin");
  await signInAs(page, "analyst");
  const ide = await openSample(page);
  await ide.previewSql("select i from range(1000) as numbers (i)");
  await expect(ide.status).toContainText("500 rows");

  await admin.goto("/admin/policy");
  await admin.getByRole("button", { name: "Add rule" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Applies to" }).click();
  await admin.getByRole("option", { name: "A role" }).click();
  await dialog.getByRole("combobox", { name: "Which role" }).click();
  await admin.getByRole("option", { name: "analyst" }).click();
  await dialog.getByRole("switch", { name: "Export and copy" }).click();
  await dialog.getByLabel("Rows at most").fill("20");
  await expect(dialog).toContainText("People can see rows for analyst, but not copy or export them.");
  await dialog.getByRole("button", { name: "Save rule" }).click();
  await expect(admin.getByRole("table", { name: "Policy rules" })).toContainText("20 rows");

  await expect(ide.results.getByRole("button", { name: "Export is switched off" })).toBeDisabled();
  await ide.preview();
  await expect(ide.status).toContainText("cut at the 20 rows that your administrator allows");
  const { workspaceId, environmentId } = await placeOf(page);
  const runs = await ask<{ queryId: string }[]>(page, "preview.history", { workspaceId });
  const exported = await call(page, "preview.recordExport", {
    workspaceId,
    environmentId,
    queryId: runs[0]?.queryId,
    format: "csv",
  });
  expect(exported.error?.code).toBe("POLICY_OFF");
});
