import type { Browser } from "@playwright/test";
import { percentile } from "./statistics";

/** One event of a Chromium trace, as its Trace Event Format has it; `ts` is in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly pid: number;
  readonly id2?: { readonly local?: string };
  readonly args: { readonly event_latency?: { readonly event_type?: string } };
}
/** Milliseconds of each key from the press to the screen, and of each stage on the way (median). */
export interface KeyLatency {
  readonly times: number[];
  readonly stages: Record<string, number>;
}

/**
 * What Chromium itself knows of its input events: when the press came to the browser and when the frame that answers it was on the
 * screen. Few events, so that tracing costs the page next to nothing.
 */
const category = "input.scrolling";

/** Runs `work` while Chromium is traced. */
export async function traced(browser: Browser, work: () => Promise<void>): Promise<TraceEvent[]> {
  const devtools = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  devtools.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await devtools.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: [category], excludedCategories: ["*"] },
  });
  await work();
  const complete = new Promise((resolve) => devtools.once("Tracing.tracingComplete", resolve));
  await devtools.send("Tracing.end");
  await complete;
  await devtools.detach();
  return events;
}

/** The key presses of a trace. */
export function keyLatency(events: readonly TraceEvent[]): KeyLatency {
  const times: number[] = [];
  const stages = new Map<string, number[]>();
  const begun = new Map<string, TraceEvent[]>();
  const keys = new Set<string>();
  for (const event of [...events].sort((left, right) => left.ts - right.ts)) {
    const owner = `${event.pid} ${event.id2?.local}`;
    if (event.ph === "b") {
      if (event.name === "EventLatency") {
        if (event.args.event_latency?.event_type === "KEY_PRESSED") keys.add(owner);
        else keys.delete(owner);
      }
      begun.set(owner, [...(begun.get(owner) ?? []), event]);
    } else if (event.ph === "e") {
      const open = begun.get(owner) ?? [];
      const begin = open.findLast(({ name }) => name === event.name);
      if (begin === undefined) continue;
      begun.set(
        owner,
        open.filter((other) => other !== begin),
      );
      if (!keys.has(owner)) continue;
      const took = (event.ts - begin.ts) / 1000;
      if (event.name === "EventLatency") times.push(took);
      else stages.set(event.name, [...(stages.get(event.name) ?? []), took]);
    }
  }
  return { times, stages: Object.fromEntries([...stages].map(([name, all]) => [name, percentile(all, 0.5)])) };
}
