import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContext } from "@playwright/test";
import { Ide, riverbank, signIn } from "../e2e/support/index";
import type { World } from "../e2e/support/world";
import { openBareEditor } from "./support/bare-editor";
import { inBrowser } from "./support/in-browser";
import type { BenchOptions } from "./support/options";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";
import { measureTyping, modelLines, summaryOf } from "./typing";

const file = "analyses/weekly_trading_review.sql";

/**
 * The page in a real Chromium against the production build: from navigation to an editor that takes typing, from a click on a file to its
 * text, the scripts of the first load (gzipped), and key press to paint on a model of 2,000 lines: in a bare Monaco with the same text
 * and options, idle, and while a preview streams, in turns.
 */
export function editorBench(options: BenchOptions): Promise<Record<string, unknown>> {
  return inBrowser((browser, world) => measure(browser, world, options));
}

async function measure(browser: Browser, world: World, options: BenchOptions): Promise<Record<string, unknown>> {
  const rounds = options.rounds ?? 10;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: world.address });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: world.address });
  const page = await context.newPage();
  await signIn(page, world, riverbank, "developer");
  await page.goto("/p/riverbank");
  await page
    .getByRole("treeitem")
    .or(page.getByRole("button", { name: "Clone and open" }))
    .first()
    .waitFor();
  const ide = await Ide.open(page, world);
  await ide.openFile(file);
  await ide.focusEditor();
  const signedIn = await context.storageState();

  const openings = await measureOpenings(ide, rounds, options);
  await ide.openFile(file);
  await ide.focusEditor();

  const { output, paths } = options;
  const typing = await measureTyping({ browser, context }, ide, { root: paths.root, output, rounds });
  const [bare, idle, streaming] = [summaryOf(typing.bare), summaryOf(typing.idle), summaryOf(typing.streaming)];
  const suggesting = summaryOf(typing.suggesting);
  await context.close();
  const firstVisits: Visit[] = [];
  const returns: Visit[] = [];
  for (let round = 0; round < Math.min(rounds, 10); round += 1) {
    const visitor = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      baseURL: world.address,
      storageState: signedIn,
    });
    firstVisits.push(await visit(visitor));
    returns.push(await visit(visitor));
    await visitor.close();
  }
  const cold = firstVisits.map((one) => one.editable);
  const warm = returns.map((one) => one.editable);
  const scripts = percentile(
    firstVisits.map((one) => one.scriptBytes),
    0.5,
  );
  const bare95 = percentile(bare.times, 0.95);
  const idle95 = percentile(idle.times, 0.95);
  const streaming95 = percentile(streaming.times, 0.95);
  printTable("Editor page, production build, localhost", [
    ["navigation to editable, empty cache, p50 / p95", pair(cold)],
    ["navigation to editable, on return, p50 / p95", pair(warm)],
    ["click on a file to its text, p50 / p95", pair(openings.page)],
    ["the same text in a bare Monaco, p50 / p95", pair(openings.bare)],
    ["scripts of the first load, gzipped", `${rounded(scripts / 2 ** 20, 2)} MB`],
    [`key press to paint, ${modelLines} lines, a bare Monaco, p50 / p95`, pair(bare.times)],
    ["the same in a bare Monaco that suggests words, p50 / p95", pair(suggesting.times)],
    ["the same in the page, idle, p50 / p95", pair(idle.times)],
    ["the same while a preview streams, p50 / p95", pair(streaming.times)],
    [
      "processor time of the page's thread a key: bare, idle, streaming",
      [bare, idle, streaming].map(({ processor }) => milliseconds(processor)).join(", "),
    ],
    ["where it went (medians): bare", stagesText(bare.stages)],
    ["idle", stagesText(idle.stages)],
    ["streaming", stagesText(streaming.stages)],
    ["trace", typing.trace],
    ["rows that arrived meanwhile", typing.rows.toLocaleString("en")],
  ]);
  return {
    bench: "editor",
    p50_ms: rounded(percentile(idle.times, 0.5)),
    p95_ms: rounded(idle95),
    peer_p50_ms: rounded(percentile(bare.times, 0.5)),
    peer_p95_ms: rounded(bare95),
    peer_suggesting_p50_ms: rounded(percentile(suggesting.times, 0.5)),
    peer_suggesting_p95_ms: rounded(percentile(suggesting.times, 0.95)),
    ratio: rounded(bare95 / idle95),
    streaming_p50_ms: rounded(percentile(streaming.times, 0.5)),
    streaming_p95_ms: rounded(streaming95),
    streaming_ratio: rounded(idle95 / streaming95),
    processor_ms: rounded(idle.processor),
    peer_processor_ms: rounded(bare.processor),
    streaming_processor_ms: rounded(streaming.processor),
    editable_p50_ms: rounded(percentile(cold, 0.5)),
    editable_p95_ms: rounded(percentile(cold, 0.95)),
    editable_return_p50_ms: rounded(percentile(warm, 0.5)),
    opening_p50_ms: rounded(percentile(openings.page, 0.5)),
    opening_p95_ms: rounded(percentile(openings.page, 0.95)),
    peer_opening_p95_ms: rounded(percentile(openings.bare, 0.95)),
    first_load_script_mb: rounded(scripts / 2 ** 20, 3),
    samples: idle.times.length + streaming.times.length + bare.times.length,
  };
}

/** Milliseconds between two files: what one brings with it (compiling, linting) is over by then. */
const lookedAt = 3_000;

/**
 * Milliseconds from a click on each model of a folder to its text, and those that a bare Monaco takes for the same texts, in turns; after
 * a first turn, which is for the browser to compile what runs.
 */
async function measureOpenings(
  ide: Ide,
  rounds: number,
  options: BenchOptions,
): Promise<{ page: number[]; bare: number[] }> {
  const { output } = options;
  const { root } = options.paths;
  const folder = "models/marts/finance";
  const rows = await (await ide.rowsOf(folder)).all();
  const sources = join(root, "e2e", "sample-project", folder);
  const texts = readdirSync(sources).filter((name) => name.endsWith(".sql"));
  const bare = await openBareEditor(ide.page.context(), { root, output, text: "" });
  await ide.page.bringToFront();
  const times = { page: [] as number[], bare: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const row of rows) {
      const time = await ide.timeToOpen(row);
      if (round > 0) times.page.push(time);
      await pause(lookedAt);
    }
    await bare.bringToFront();
    await pause(lookedAt);
    for (const name of texts) {
      const text = readFileSync(join(sources, name), "utf8");
      const time = await bare.evaluate((next) => (window as unknown as BarePage).openText(next), text);
      if (round > 0) times.bare.push(time);
      await pause(300);
    }
    await ide.page.bringToFront();
    await pause(lookedAt);
  }
  await bare.close();
  return times;
}

type BarePage = { openText(text: string): Promise<number> };

/** The way of a key: to the page's thread, its handling, the frame (with the wait for it), and from there to the screen. */
function stagesText(stages: Record<string, number>): string {
  const { RendererMainProcessing: handling = 0, RendererMainFinishedToCommit: frame = 0 } = stages;
  const { GenerationToBrowserMain: first = 0, BrowserMainToRendererCompositor: second = 0 } = stages;
  const { RendererCompositorToMain: third = 0, Commit: commit = 0, EndCommitToActivation: raster = 0 } = stages;
  const { SubmitCompositorFrameToPresentationCompositorFrame: shown = 0 } = stages;
  return `arrival ${milliseconds(first + second + third)}, handling ${milliseconds(handling)}, frame ${milliseconds(frame)}, screen ${milliseconds(commit + raster + shown)}`;
}

function pair(samples: readonly number[]): string {
  return `${milliseconds(percentile(samples, 0.5))} / ${milliseconds(percentile(samples, 0.95))}`;
}

interface Visit {
  /** Milliseconds from navigation to an editor with the remembered file and the focus. */
  readonly editable: number;
  /** Bytes of JavaScript until then, gzipped (a proxy in front of Millrace compresses; the web process does not). */
  readonly scriptBytes: number;
}

async function visit(context: BrowserContext): Promise<Visit> {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  const scripts = new Set<string>();
  let scriptBytes = 0;
  devtools.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  const bodies: Promise<void>[] = [];
  let over = false;
  devtools.on("Network.loadingFinished", ({ requestId }) => {
    if (!over && scripts.delete(requestId)) bodies.push(measureScript(requestId));
  });
  const measureScript = async (requestId: string) => {
    const { body, base64Encoded } = await devtools.send("Network.getResponseBody", { requestId });
    scriptBytes += gzipSync(Buffer.from(body, base64Encoded ? "base64" : "utf8")).length;
  };
  await page.addInitScript(noteWhenEditable);
  await page.goto("/p/riverbank", { waitUntil: "commit" });
  const editable = await page.waitForFunction(() => (window as Noted).editableAt, null, { polling: "raf" });
  over = true;
  await Promise.all(bodies);
  const visited = { editable: (await editable.jsonValue()) ?? Number.NaN, scriptBytes };
  await page.close();
  return visited;
}

type Noted = Window & { editableAt?: number };

/** Runs in the page: notes when the text editor shows text and has the focus. */
function noteWhenEditable(): void {
  const look = () => {
    const focused = document.activeElement?.closest(".monaco-editor");
    if (focused?.querySelector(".view-line span span")) {
      (window as Window & { editableAt?: number }).editableAt = performance.now();
    } else {
      requestAnimationFrame(look);
    }
  };
  requestAnimationFrame(look);
}
