import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser, BrowserContext, CDPSession, Page } from "@playwright/test";
import type { Ide } from "../e2e/support/index";
import { openBareEditor } from "./support/bare-editor";
import { random } from "./support/generated-sql";
import { keyLatency, type TraceEvent, traced } from "./support/key-trace";

export const modelLines = 2_000;
const keysPerTurn = 40;
/** Keys while one preview streams: it must not have ended before the last of them. */
const keysPerPreview = 10;
/** Milliseconds between keys: about 120 words a minute, and not in step with the browser's frames. */
const pace = { least: 60, most: 140 };
/** Milliseconds after which what a new line made others do is over. */
const settled = 1_000;

export interface Keys {
  /** What Chromium saw of the keys. */
  readonly events: TraceEvent[];
  /** Milliseconds that the page's main thread ran, all keys together. */
  processor: number;
}
export interface Typing {
  readonly bare: Keys;
  /** The bare Monaco with a list of words to choose from. */
  readonly suggesting: Keys;
  readonly idle: Keys;
  readonly streaming: Keys;
  /** Rows that arrived during the streaming turns. */
  readonly rows: number;
  /** File with all turns, for a trace viewer. */
  readonly trace: string;
}

/** A page that is typed into, and what tells its processor time. */
interface Typist {
  readonly page: Page;
  readonly devtools: CDPSession;
}

/**
 * Types at a person's pace at the end of a model of 2,000 lines: in a bare Monaco with the same text and options, in one that suggests
 * words as the page does, in the page while it is idle, and in the page while a preview streams, in turns. Chromium is traced
 * meanwhile; the trace goes to `output`.
 */
export async function measureTyping(
  { browser, context }: { browser: Browser; context: BrowserContext },
  ide: Ide,
  { root, output, rounds }: { root: string; output: string; rounds: number },
): Promise<Typing> {
  const { page } = ide;
  const text = longModel();
  const bare = await openBareEditor(context, { root, output, text });
  const suggesting = await openBareEditor(context, { root, output, text, suggestions: true });
  await page.bringToFront();
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await ide.focusEditor();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Control+V");
  // The first preview is of few rows for quickness; here as many as the policy lets through.
  await context.route("**/api/preview", (route) => {
    const body = route.request().postDataJSON() as { rows: number };
    return route.continue({ postData: JSON.stringify({ ...body, rows: 2_000_000, sql: streamedSql }) });
  });
  const ours = await typist(page);
  const peer = await typist(bare);
  const suggestingPeer = await typist(suggesting);
  const next = random(keysPerTurn);
  const type = async (typist: Typist, keys: Keys, count = keysPerTurn) => {
    // A line of its own, as people write them: in one that went on the whole view would move sideways with each key.
    await typist.page.keyboard.press("Enter");
    await pause(settled);
    const before = await processorTime(typist.devtools);
    keys.events.push(
      ...(await traced(browser, async () => {
        for (let key = 1; key <= count; key += 1) {
          await typist.page.keyboard.press(key % 7 === 0 ? "Space" : "abcdefg".charAt(key % 7));
          await pause(pace.least + next() * (pace.most - pace.least));
        }
      })),
    );
    keys.processor += (await processorTime(typist.devtools)) - before;
  };
  const none = (): Keys => ({ events: [], processor: 0 });
  const typed = { bare: none(), suggesting: none(), idle: none(), streaming: none() };
  let rows = 0;
  await type(ours, none());
  await type(peer, none());
  await suggesting.bringToFront();
  await type(suggestingPeer, none());
  for (let round = 0; round < rounds; round += 1) {
    await bare.bringToFront();
    await type(peer, typed.bare);
    await suggesting.bringToFront();
    await type(suggestingPeer, typed.suggesting);
    await page.bringToFront();
    await type(ours, typed.idle);
    for (let key = 0; key < keysPerTurn; key += keysPerPreview) {
      rows += await whileStreaming(ide, () => type(ours, typed.streaming, keysPerPreview));
    }
  }
  const trace = join(output, "editor-trace.json");
  const traceEvents = [typed.bare, typed.suggesting, typed.idle, typed.streaming].flatMap(({ events }) => events);
  writeFileSync(trace, JSON.stringify({ traceEvents }));
  return { ...typed, rows, trace };
}

/** Previews, does `work` from the first row on, and cancels what is still coming. Returns how many rows came. */
async function whileStreaming(ide: Ide, work: () => Promise<void>): Promise<number> {
  const { page } = ide;
  const cancel = ide.results.getByRole("button", { name: "Cancel" });
  await page.keyboard.press("Control+Enter");
  await cancel.waitFor();
  await page.waitForFunction(() => document.querySelector('[id^="cell-"]'));
  await work();
  const rows = Number(/([\d,]+) rows?/.exec((await ide.status.textContent()) ?? "")?.[1]?.replaceAll(",", "") ?? 0);
  if (!(await cancel.isVisible())) throw new Error("The preview ended before the typing did.");
  await cancel.click();
  await cancel.waitFor({ state: "hidden" });
  await page.getByRole("region", { name: "Editor group" }).locator(".view-lines").first().click();
  return rows;
}

/** Milliseconds of each key, where they went (medians), and of the page's main thread a key. */
export function summaryOf({ events, processor }: Keys) {
  const { times, stages } = keyLatency(events);
  return { times, stages, processor: processor / Math.max(1, times.length) };
}

async function typist(page: Page): Promise<Typist> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  return { page, devtools };
}

/** Milliseconds that the page's main thread has run. */
async function processorTime(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1000;
}

/** Goes on for longer than a few keys take, and fills the connection. */
const streamedColumns = Array.from({ length: 6 }, (_, at) => `md5((range + ${at})::varchar) as reference_${at}`);
const streamedSql = `select range as id, range * 1.5 as amount, ${streamedColumns.join(", ")} from range(100000000)`;

/** A model as analysts write them, only longer. */
export function longModel(): string {
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
