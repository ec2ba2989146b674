import { gzipSync } from "node:zlib";
import type { Browser, BrowserContext, CDPSession, Page } from "@playwright/test";
import { Ide, riverbank, signIn } from "../e2e/support/index";
import type { World } from "../e2e/support/world";
import { openBareEditor } from "./support/bare-editor";
import { inBrowser } from "./support/in-browser";
import type { BenchOptions } from "./support/options";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

const file = "analyses/weekly_trading_review.sql";
const modelLines = 2_000;
const keysPerTurn = 40;

/**
 * The page in a real Chromium against the production build: from navigation to an editor that takes typing, the scripts of the
 * first load (gzipped), and key press to paint on a model of 2,000 lines: in a bare Monaco with the same text and options, idle, and
 * while a preview streams, in turns.
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

  const { output, paths } = options;
  const bare = await openBareEditor(context, { root: paths.root, output, text: longModel() });
  const typing = await measureTyping(ide, bare, rounds);
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
  const bare95 = percentile(typing.bare.times, 0.95);
  const idle95 = percentile(typing.idle.times, 0.95);
  const streaming95 = percentile(typing.streaming.times, 0.95);
  printTable("Editor page, production build, localhost", [
    ["navigation to editable, empty cache, p50 / p95", pair(cold)],
    ["navigation to editable, on return, p50 / p95", pair(warm)],
    ["scripts of the first load, gzipped", `${rounded(scripts / 2 ** 20, 2)} MB`],
    [`key press to paint, ${modelLines} lines, a bare Monaco, p50 / p95`, pair(typing.bare.times)],
    ["the same in the page, idle, p50 / p95", pair(typing.idle.times)],
    ["the same while a preview streams, p50 / p95", pair(typing.streaming.times)],
    [
      "processor time of the page's thread a key: bare, idle, streaming",
      [typing.bare, typing.idle, typing.streaming].map((keys) => milliseconds(perKey(keys))).join(", "),
    ],
    ["rows that arrived meanwhile", typing.rows.toLocaleString("en")],
  ]);
  return {
    bench: "editor",
    p50_ms: rounded(percentile(typing.idle.times, 0.5)),
    p95_ms: rounded(idle95),
    peer_p50_ms: rounded(percentile(typing.bare.times, 0.5)),
    peer_p95_ms: rounded(bare95),
    ratio: rounded(bare95 / idle95),
    streaming_p50_ms: rounded(percentile(typing.streaming.times, 0.5)),
    streaming_p95_ms: rounded(streaming95),
    streaming_ratio: rounded(idle95 / streaming95),
    processor_ms: rounded(perKey(typing.idle)),
    peer_processor_ms: rounded(perKey(typing.bare)),
    streaming_processor_ms: rounded(perKey(typing.streaming)),
    editable_p50_ms: rounded(percentile(cold, 0.5)),
    editable_p95_ms: rounded(percentile(cold, 0.95)),
    editable_return_p50_ms: rounded(percentile(warm, 0.5)),
    first_load_script_mb: rounded(scripts / 2 ** 20, 3),
    samples: typing.idle.times.length + typing.streaming.times.length + typing.bare.times.length,
  };
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

interface Keys {
  /** Milliseconds from key press to paint. */
  readonly times: number[];
  /** Milliseconds that the page's main thread ran, all keys together. */
  processor: number;
}
interface Typing {
  readonly bare: Keys;
  readonly idle: Keys;
  readonly streaming: Keys;
  readonly rows: number;
}

function perKey({ times, processor }: Keys): number {
  return processor / Math.max(1, times.length);
}

/** A page that is typed into, and what tells its processor time. */
interface Typist {
  readonly page: Page;
  readonly devtools: CDPSession;
}

async function typist(page: Page): Promise<Typist> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.evaluate(listenToKeys);
  return { page, devtools };
}

async function measureTyping(ide: Ide, bare: Page, rounds: number): Promise<Typing> {
  const { page } = ide;
  await page.bringToFront();
  await page.evaluate((text) => navigator.clipboard.writeText(text), longModel());
  await ide.focusEditor();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Control+V");
  const ours = await typist(page);
  const peer = await typist(bare);
  // The first preview is of few rows for quickness; here as many as the policy lets through.
  await page.context().route("**/api/preview", (route) => {
    const body = route.request().postDataJSON() as { rows: number };
    return route.continue({ postData: JSON.stringify({ ...body, rows: 1_000_000, sql: streamedSql }) });
  });
  const none = (): Keys => ({ times: [], processor: 0 });
  const typed = { bare: none(), idle: none(), streaming: none() };
  let rows = 0;
  await typeKeys(ours, none());
  await typeKeys(peer, none());
  for (let round = 0; round < rounds; round += 1) {
    await bare.bringToFront();
    await typeKeys(peer, typed.bare);
    await page.bringToFront();
    await typeKeys(ours, typed.idle);
    await page.keyboard.press("Control+Enter");
    await page.waitForFunction(() => document.querySelector('[id^="cell-"]'));
    await typeKeys(ours, typed.streaming);
    rows += Number(/([\d,]+) rows?/.exec((await ide.status.textContent()) ?? "")?.[1]?.replaceAll(",", "") ?? 0);
    await ide.results.getByRole("button", { name: "Cancel" }).waitFor({ state: "hidden", timeout: 120_000 });
    await ide.page.getByRole("region", { name: "Editor group" }).locator(".view-lines").first().click();
  }
  return { ...typed, rows };
}

/** Never ends within a turn, and fills the connection. */
const streamedSql = "select range as id, md5(range::varchar) as reference, range * 1.5 as amount from range(100000000)";

/** A model as analysts write them, only longer. */
function longModel(): string {
  const lines = ["with orders as (", "    select * from {{ ref('fct_orders') }}", "),", ""];
  for (let block = 0; lines.length < modelLines - 12; block += 1) {
    lines.push(
      `step_${block} as (`,
      "    select",
      "        order_id,",
      `        {{ cents_to_euros('total_${block}') }} as total_${block}, -- what was paid`,
      `        case when status = 'returned' then ${block} else null end as returned_${block}`,
      "    from orders",
      `    where order_id > ${block}`,
      "),",
      "",
    );
  }
  return [...lines, "final as (", "    select * from orders", ")", "", "select * from final", ""].join("\n");
}

type Listened = Window & { keyTimes: number[] };

/** Runs in the page: from the browser's time of a key press to the frame after it was painted. */
function listenToKeys(): void {
  const times: number[] = [];
  (window as Window & { keyTimes?: number[] }).keyTimes = times;
  document.addEventListener(
    "keydown",
    (event) => {
      const pressed = event.timeStamp;
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => times.push(performance.now() - pressed);
        port2.postMessage(null);
      });
    },
    { capture: true },
  );
}

/** Types words at the end of the text; one key at a time, each after the last was painted. Adds to `keys`. */
async function typeKeys({ page, devtools }: Typist, keys: Keys): Promise<void> {
  await page.evaluate(() => {
    (window as unknown as Listened).keyTimes.length = 0;
  });
  const before = await processorTime(devtools);
  for (let key = 1; key <= keysPerTurn; key += 1) {
    await page.keyboard.press(key % 7 === 0 ? "Space" : "abcdefg".charAt(key % 7));
    await page.waitForFunction((wanted) => (window as unknown as Listened).keyTimes.length >= wanted, key);
  }
  keys.processor += (await processorTime(devtools)) - before;
  keys.times.push(...(await page.evaluate(() => [...(window as unknown as Listened).keyTimes])));
}

/** Milliseconds that the page's main thread has run. */
async function processorTime(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1000;
}
