import { randomBytes } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, type TestOrganisation, test } from "../support";
import { call } from "../support/api";
import { makeRepository, startSlowGit } from "../support/git";
import { gitToken, largestCloneMegabytes, type World } from "../support/world";

const dbtProject = "name: tiny\nversion: '1.0'\nconfig-version: 2\nprofile: tiny\n";

interface Created {
  readonly id: string;
  readonly slug: string;
}

async function addProject(
  page: Page,
  world: World,
  project: { name: string; gitUrl: string; token?: string },
): Promise<Created> {
  const input = { subfolder: "", defaultBranch: "main", token: project.token ?? gitToken(world), ...project };
  const { data, error } = await call<Created>(page, "projects.create", input);
  if (data === null) throw new Error(`The project was not added: ${error?.message}`);
  return data;
}

async function addEnvironment(page: Page, world: World, projectId: string): Promise<void> {
  const settings = { path: `${world.dataFolder}/demo/warehouse/riverbank.duckdb` };
  const input = {
    projectId,
    environmentId: null,
    name: "DuckDB",
    adapter: "duckdb",
    target: "dev",
    schema: "riverbank",
    settings,
    isDefault: true,
  };
  expect((await call(page, "environments.save", input)).error).toBeNull();
}

function uniqueName(organisation: TestOrganisation, name: string): string {
  return `${organisation.slug}-${name}`;
}

test("a clone shows how far it is, can be cancelled, and leaves nothing half done", async ({
  page,
  world,
  organisation,
  signInAs,
}) => {
  await signInAs(page, "admin");
  const slow = await startSlowGit(world);
  try {
    const project = await addProject(page, world, {
      name: "Slow project",
      gitUrl: `http://127.0.0.1:${slow.port}/${organisation.slug}.git`,
    });
    await page.goto(`/p/${project.slug}`);
    await page.getByRole("button", { name: "Clone and open" }).click();
    await expect(page.getByRole("progressbar", { name: "Clone" })).toBeVisible();
    await expect(page.getByText(/^Cloning/)).toBeVisible();
    await page.getByRole("button", { name: "Cancel" }).click();
    const again = page.getByRole("button", { name: /Clone and open|Try again/ });
    await expect(again).toBeVisible();
    slow.release();
    await again.click();
    await expect(page.getByRole("treeitem", { name: "dbt_project.yml" })).toBeVisible({ timeout: 30_000 });
  } finally {
    await slow.close();
  }
});

test("an address that does not answer and a wrong token are refused in plain words when the project is added", async ({
  page,
  world,
  organisation,
  signInAs,
}) => {
  await signInAs(page, "admin");
  await page.goto("/admin/projects");
  await page.getByRole("button", { name: "Add project" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a project" });
  await dialog.getByLabel("Name", { exact: true }).fill("Second project");
  await dialog.getByLabel("Git address").fill("http://127.0.0.1:9/nothing.git");
  await dialog.getByRole("button", { name: "Check and add" }).click();
  await expect(dialog.getByRole("alert")).toContainText(/cannot reach 127\.0\.0\.1/);

  await dialog.getByLabel("Git address").fill(`http://127.0.0.1:${world.ports.git}/${organisation.slug}.git`);
  await dialog.getByLabel("Access token").fill("wrong");
  await dialog.getByRole("button", { name: "Check and add" }).click();
  await expect(dialog.getByRole("alert")).toContainText(/token/i);

  await dialog.getByLabel("Access token").fill(gitToken(world));
  await dialog.getByRole("button", { name: "Check and add" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("heading", { name: "Second project" })).toBeVisible();
});

test("a repository that became unreachable, or whose token was withdrawn, says so at the clone", async ({
  page,
  world,
  organisation,
  signInAs,
}) => {
  await signInAs(page, "admin");
  const slow = await startSlowGit(world);
  const project = await addProject(page, world, {
    name: "Gone project",
    gitUrl: `http://127.0.0.1:${slow.port}/${organisation.slug}.git`,
  });
  await slow.close();
  await page.goto(`/p/${project.slug}`);
  await page.getByRole("button", { name: "Clone and open" }).click();
  await expect(page.getByRole("alert").filter({ hasText: /cannot reach 127\.0\.0\.1/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "Try again" })).toBeEnabled();
});

test("a repository larger than the limit is refused, with the limit", async ({
  page,
  world,
  organisation,
  signInAs,
}) => {
  const gitUrl = makeRepository(world, uniqueName(organisation, "huge"), {
    "dbt_project.yml": dbtProject,
    "seeds/huge.bin": randomBytes((largestCloneMegabytes + 4) * 1024 * 1024),
  });
  await signInAs(page, "admin");
  const project = await addProject(page, world, { name: "Huge project", gitUrl });
  await page.goto(`/p/${project.slug}`);
  await page.getByRole("button", { name: "Clone and open" }).click();
  await expect(page.getByRole("alert").filter({ hasText: `${largestCloneMegabytes} MB` })).toBeVisible({
    timeout: 30_000,
  });
});

test("a repository without a dbt project can be edited, and says what is missing", async ({
  page,
  world,
  organisation,
  signInAs,
}) => {
  const gitUrl = makeRepository(world, uniqueName(organisation, "plain"), { "README.md": "# Nothing of dbt here\n" });
  await signInAs(page, "admin");
  const project = await addProject(page, world, { name: "Plain project", gitUrl });
  await page.goto(`/p/${project.slug}`);
  await page.getByRole("button", { name: "Clone and open" }).click();
  await expect(page.getByRole("treeitem", { name: "README.md" })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/no dbt_project\.yml/i).first()).toBeVisible();
});

test("a broken dbt_project.yml is a problem at its line, and mending it brings dbt back", async ({
  page,
  world,
  organisation,
  signInAs,
}) => {
  const gitUrl = makeRepository(world, uniqueName(organisation, "broken"), {
    "dbt_project.yml": "name: tiny\nversion: '1.0'\nprofile: tiny\nmodels: [unclosed\n",
    "models/one.sql": "select 1 as one\n",
  });
  await signInAs(page, "admin");
  const project = await addProject(page, world, { name: "Broken project", gitUrl });
  await addEnvironment(page, world, project.id);
  await page.goto(`/p/${project.slug}`);
  await page.getByRole("button", { name: "Clone and open" }).click();
  await page.getByRole("treeitem", { name: "dbt_project.yml" }).click();
  await expect(page.getByTestId("session-state")).toHaveAttribute("data-state", "broken", { timeout: 40_000 });
  await page.getByRole("tablist", { name: "Bottom panel" }).getByRole("tab", { name: "Problems" }).click();
  await expect(page.getByRole("list", { name: "Problems" })).toContainText("dbt_project.yml");

  const editor = page.getByRole("region", { name: "Editor group" }).locator(".monaco-editor .view-lines").first();
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(dbtProject);
  await page.keyboard.press("Control+S");
  await expect(page.getByTestId("session-state")).toHaveAttribute("data-state", "ready", { timeout: 40_000 });
  await expect(page.getByText("parsed 1 model")).toBeVisible();
});
