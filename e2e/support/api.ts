import { join } from "node:path";
import type { Page } from "@playwright/test";
import type { World } from "./world";

/** What a procedure or a route answered: its data, or the error as the browser is told. */
export interface Answer<Data> {
  readonly status: number;
  readonly data: Data | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Calls a procedure with the page's own cookies, as its scripts would. */
export function call<Data = unknown>(
  page: Page,
  procedure: string,
  input: unknown,
  type: "query" | "mutation" = "mutation",
) {
  return page.evaluate(
    async ({ procedure, input, type }): Promise<Answer<Data>> => {
      const json = JSON.stringify(input);
      const query = `?input=${encodeURIComponent(json)}`;
      const response = await fetch(`/api/trpc/${procedure}${type === "query" && input !== null ? query : ""}`, {
        method: type === "query" ? "GET" : "POST",
        ...(type === "query" ? {} : { headers: { "content-type": "application/json" }, body: json }),
      });
      const body = await response.json();
      const error = body.error?.data?.body ?? null;
      return { status: response.status, data: body.result?.data ?? null, error };
    },
    { procedure, input, type },
  );
}

/** Asks a query and expects data. */
export async function ask<Data>(page: Page, procedure: string, input: unknown = null): Promise<Data> {
  const { data, error } = await call<Data>(page, procedure, input, "query");
  if (data === null) throw new Error(`${procedure} answered ${JSON.stringify(error)}`);
  return data;
}

/** Posts to the preview route; reads an error's body, or lets go of the stream after its first bytes. */
export function postPreview(page: Page, input: object): Promise<Answer<number>> {
  return page.evaluate(async (body): Promise<Answer<number>> => {
    const response = await fetch("/api/preview", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: null, sql: null, path: null, rows: 10, queryId: crypto.randomUUID(), ...body }),
    });
    if (!response.ok) return { status: response.status, data: null, error: await response.json() };
    const reader = response.body?.getReader();
    const first = await reader?.read();
    await reader?.cancel();
    return { status: response.status, data: first?.value?.length ?? 0, error: null };
  }, input);
}

interface Environment {
  readonly id: string;
  readonly name: string;
  readonly adapter: string;
  readonly settings: Record<string, string | number | boolean>;
}

interface Project {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly gitUrl: string;
  readonly environments: readonly Environment[];
  readonly workspace: { readonly id: string } | null;
}

/** The sample project of the signed-in person. */
export async function sampleProject(page: Page): Promise<Project> {
  const projects = await ask<Project[]>(page, "projects.list");
  const sample = projects.find(({ slug }) => slug === "riverbank");
  if (!sample) throw new Error("There is no sample project.");
  return sample;
}

/** Workspace and default environment, as every dbt procedure wants them. */
export async function placeOf(page: Page): Promise<{ workspaceId: string; environmentId: string }> {
  const { workspace, environments } = await sampleProject(page);
  const environment = environments.find(({ adapter }) => adapter === "duckdb");
  if (!workspace || !environment) throw new Error("The project is not open.");
  return { workspaceId: workspace.id, environmentId: environment.id };
}

/** The signed-in person's working tree of the sample project. */
export async function workingTree(page: Page, world: World): Promise<string> {
  const me = await ask<{ userId: string; organisation: { id: string } }>(page, "me.get");
  const { id } = await sampleProject(page);
  return join(world.dataFolder, "workspaces", me.organisation.id, id, me.userId);
}
