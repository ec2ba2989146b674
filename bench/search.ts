import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SearchQuery } from "@/server/contract/search";
import { scan } from "@/server/search/engine";
import type { BenchOptions } from "./support/options";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

const files = 10_000;
const filesPerFolder = 50;
const run = promisify(execFile);

const everything: SearchQuery = {
  ...{ text: "", regex: false, caseSensitive: false, wholeWord: false },
  ...{ include: "", exclude: "", packages: false, replacement: null },
};
/** What people look for: a word that is everywhere, and names that one file has, early and late in the order of the scan. */
const queries: Record<string, Partial<SearchQuery> & { text: string }> = {
  "a common word": { text: "customer_id" },
  "a name in one file, half way": { text: "lost_in_the_middle" },
  "a name in one file, the last": { text: "found_at_the_end" },
  "the same, with its case": { text: "found_at_the_end", caseSensitive: true },
  "an expression, in one file, the last": { text: "found_\\w+_the_(end|start)\\b", regex: true },
};

/** A search of 10,000 files through the thread that searches: to the first match, and to the end. The peer is `grep -rniI`. */
export async function searchBench(options: BenchOptions): Promise<Record<string, unknown>> {
  const rounds = options.rounds ?? 10;
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-search-"));
  try {
    makeTree(folder);
    const first = new Map<string, number[]>();
    const whole = new Map<string, number[]>();
    const peer: number[] = [];
    // The thread is started by the first search, as in the web process.
    await measure(folder, { ...everything, text: "select" });
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, part] of Object.entries(queries)) {
        const measured = await measure(folder, { ...everything, ...part });
        first.set(name, [...(first.get(name) ?? []), measured.first]);
        whole.set(name, [...(whole.get(name) ?? []), measured.whole]);
      }
      const started = performance.now();
      await run("grep", ["-rniI", "found_at_the_end", folder]);
      peer.push(performance.now() - started);
    }
    const names = Object.keys(queries);
    printTable(`Search of ${files.toLocaleString("en")} files, ${rounds} rounds`, [
      ...names.map((name): [string, string] => [`${name}: to the first match, p50 / p95`, pair(first.get(name) ?? [])]),
      ...names.map((name): [string, string] => [`${name}: to the end, p50 / p95`, pair(whole.get(name) ?? [])]),
      ["grep -rniI for the last name, p50 / p95", pair(peer)],
    ]);
    const all = [...first.values()].flat();
    return {
      bench: "search",
      p50_ms: rounded(percentile(all, 0.5)),
      p95_ms: rounded(percentile(all, 0.95)),
      common_first_p95_ms: rounded(percentile(first.get("a common word") ?? [], 0.95)),
      whole_p50_ms: rounded(percentile([...whole.values()].flat(), 0.5)),
      peer_p50_ms: rounded(percentile(peer, 0.5)),
      ratio: rounded(percentile(peer, 0.5) / percentile([...whole.values()].flat(), 0.5)),
      files,
      samples: all.length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(root: string, query: SearchQuery): Promise<{ first: number; whole: number }> {
  const started = performance.now();
  let first = Number.NaN;
  const found = () => {
    if (Number.isNaN(first)) first = performance.now() - started;
  };
  await scan({ root, query, unsaved: [] }, found, { signal: new AbortController().signal });
  return { first, whole: performance.now() - started };
}

function pair(samples: readonly number[]): string {
  return `${milliseconds(percentile(samples, 0.5))} / ${milliseconds(percentile(samples, 0.95))}`;
}

/** Models of about 2 KB, as a large project has them. */
function makeTree(folder: string): void {
  writeFileSync(join(folder, "dbt_project.yml"), "name: large\n");
  for (let number = 0; number < files; number += 1) {
    const area = join(folder, "models", `area_${String(Math.floor(number / filesPerFolder)).padStart(3, "0")}`);
    if (number % filesPerFolder === 0) mkdirSync(area, { recursive: true });
    const marker = number === files / 2 ? "lost_in_the_middle" : number === files - 1 ? "found_at_the_end" : "kept";
    const columns = Array.from(
      { length: 28 },
      (_, index) => `    orders.measure_${number}_${index} as measure_${index},`,
    );
    const sql = [
      `with orders as (select * from {{ ref('stg_orders_${number % 97}') }})`,
      ...["select", "    customer_id,", ...columns, `    1 as ${marker}`, "from orders"],
      ...["where order_date >= '2026-01-01' -- the year that the warehouse keeps", ""],
    ];
    writeFileSync(join(area, `model_${String(number).padStart(5, "0")}.sql`), sql.join("\n"));
  }
}
