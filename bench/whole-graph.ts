import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { call } from "../e2e/support/api";
import { makeRepository } from "../e2e/support/git";
import { Ide, riverbank, signIn } from "../e2e/support/index";
import { gitToken, type World } from "../e2e/support/world";
import { generatedProject } from "./support/generate";
import { inBrowser } from "./support/in-browser";
import type { BenchOptions } from "./support/options";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

/** With their sources these make a graph of two thousand nodes. */
const models = 1_540;
const framesOfPanning = 60;

/**
 * The lineage panel in a real Chromium on a project of 2,000 nodes: from the key that asks for the whole graph to its paint, and the
 * frames while it is dragged, seen whole and at a scale where names can be read.
 */
export function wholeGraphBench(options: BenchOptions): Promise<Record<string, unknown>> {
  return inBrowser((browser, world) => measure(browser, world, options));
}

async function measure(browser: Browser, world: World, options: BenchOptions): Promise<Record<string, unknown>> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: world.address });
  const page = await context.newPage();
  await signIn(page, world, riverbank, "admin");
  const slug = await addProject(page, world, options);
  await page.goto(`/p/${slug}`);
  await page.getByRole("button", { name: "Clone and open" }).waitFor();
  const ide = await Ide.openWithoutSession(page, world, slug);
  await ide.expectSession("ready", { timeout: 900_000 });
  await page.keyboard.press("Control+Alt+L");
  await page.locator("canvas[data-drawn]").waitFor();
  await page.getByRole("combobox", { name: "Steps above" }).waitFor();
  await ide.openFile("models/marts/marts_00000.sql");
  const whole = page.getByRole("button", { name: "Whole project" });
  await page.evaluate(listen);
  const drawn: number[] = [];
  let nodes = 0;
  for (let round = 0; round < (options.rounds ?? 10); round += 1) {
    await whole.focus();
    await page.keyboard.press("Enter");
    const taken = await page.waitForFunction(() => (window as unknown as Listened).paintedAfter);
    drawn.push((await taken.jsonValue()) ?? Number.NaN);
    nodes = Number(await page.locator("canvas[data-nodes]").getAttribute("data-nodes"));
    if (round < (options.rounds ?? 10) - 1) {
      await page.getByRole("button", { name: "Around the file" }).click();
      await whole.waitFor();
    }
    await page.evaluate(() => {
      (window as unknown as Listened).paintedAfter = null;
    });
  }
  const seenWhole = await pan(page);
  for (let step = 0; step < 12; step += 1) await page.getByRole("button", { name: "Zoom in" }).click();
  const near = await pan(page);
  await context.close();
  printTable(`Whole graph of ${nodes.toLocaleString("en")} nodes, production build, localhost`, [
    ["key to graph painted, p50 / p95", `${pair(drawn)} (goal 1 s)`],
    ["a frame while it is dragged, seen whole, p50 / p95", pair(seenWhole)],
    ["a frame while it is dragged, names readable, p50 / p95", pair(near)],
  ]);
  return {
    ...{ bench: "graph", nodes, goal_ms: 1_000, samples: drawn.length, peer_p50_ms: null, ratio: null },
    p50_ms: rounded(percentile(drawn, 0.5)),
    p95_ms: rounded(percentile(drawn, 0.95)),
    pan_p50_ms: rounded(percentile(seenWhole, 0.5)),
    pan_p95_ms: rounded(percentile(seenWhole, 0.95)),
    pan_near_p50_ms: rounded(percentile(near, 0.5)),
    pan_near_p95_ms: rounded(percentile(near, 0.95)),
  };
}

function pair(samples: readonly number[]): string {
  return `${milliseconds(percentile(samples, 0.5))} / ${milliseconds(percentile(samples, 0.95))}`;
}

/** The generated project, in the demo's Git server and as a project of the organisation. Returns its slug. */
async function addProject(page: Page, world: World, { paths }: BenchOptions): Promise<string> {
  const root = generatedProject(join(paths.data, "bench"), models);
  const name = `graph-${models}-${process.pid}`;
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.map((entry): [string, Buffer] => {
    const path = join(entry.parentPath, entry.name);
    return [relative(root, path), readFileSync(path)];
  });
  const gitUrl = makeRepository(world, name, Object.fromEntries(texts));
  const project = { name, gitUrl, subfolder: "", defaultBranch: "main", token: gitToken(world) };
  const { data, error } = await call<{ id: string; slug: string }>(page, "projects.create", project);
  if (data === null) throw new Error(`The project was not added: ${error?.message}`);
  const environment = { projectId: data.id, environmentId: null, name: "DuckDB", adapter: "duckdb", target: "dev" };
  const settings = { path: join(world.dataFolder, "demo", "warehouse", "riverbank.duckdb") };
  const saved = await call(page, "environments.save", { ...environment, schema: "main", settings, isDefault: true });
  if (saved.error !== null) throw new Error(`The environment was not added: ${saved.error.message}`);
  return data.slug;
}

type Listened = Window & { paintedAfter: number | null };

/** Runs in the page: from a press of Enter to the frame after the canvas has drawn another graph. */
function listen(): void {
  const listened = window as unknown as { paintedAfter: number | null };
  listened.paintedAfter = null;
  document.addEventListener(
    "keydown",
    ({ key, timeStamp }) => {
      const before = document.querySelector("canvas[data-nodes]")?.getAttribute("data-drawn");
      if (key !== "Enter") return;
      const look = () => {
        const drawn = document.querySelector("canvas[data-nodes]")?.getAttribute("data-drawn");
        if (drawn === before) {
          requestAnimationFrame(look);
          return;
        }
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          listened.paintedAfter = performance.now() - timeStamp;
        };
        port2.postMessage(null);
      };
      requestAnimationFrame(look);
    },
    { capture: true },
  );
}

/** Drags the graph about, one move a frame; how long each frame took. */
async function pan(page: Page): Promise<number[]> {
  const box = await page.locator("canvas[data-nodes]").boundingBox();
  if (box === null) throw new Error("There is no graph to drag.");
  return page.evaluate(
    ({ x, y, frames }) =>
      new Promise<number[]>((done) => {
        const canvas = document.querySelector<HTMLCanvasElement>("canvas[data-nodes]");
        const times: number[] = [];
        let last = performance.now();
        const send = (type: string, step: number) =>
          canvas?.dispatchEvent(
            new PointerEvent(type, {
              ...{ bubbles: true, pointerId: 1, isPrimary: true, button: 0, buttons: 1 },
              clientX: x + Math.sin(step / 8) * 60,
              clientY: y + Math.cos(step / 8) * 40,
            }),
          );
        if (canvas) canvas.setPointerCapture = () => {};
        send("pointerdown", 0);
        const step = (at: number) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            const now = performance.now();
            times.push(now - last);
            last = now;
            if (at < frames) requestAnimationFrame(() => step(at + 1));
            else {
              send("pointerup", at);
              done(times.slice(1));
            }
          };
          send("pointermove", at);
          requestAnimationFrame(() => port2.postMessage(null));
        };
        requestAnimationFrame(() => step(1));
      }),
    { x: box.x + 20, y: box.y + 20, frames: framesOfPanning },
  );
}
