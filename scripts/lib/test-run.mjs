import { performance } from "node:perf_hooks";
import { formatSeconds } from "./steps.mjs";

/**
 * Runs parts side by side within the cores there are. A part may need others first (`after`); it fails without running when
 * one of them failed.
 * @param {{ name: string, cores: number, after?: string[], run: (context: object) => Promise<{ passed: number, failed: number, skipped?: number, output?: string }> }[]} parts
 * @returns {Promise<{ name: string, passed: number, failed: number, skipped: number, milliseconds: number }[]>} in the order of `parts`
 */
export async function runParts(parts, context) {
  const results = new Map();
  const waiting = [...parts];
  const running = new Map();
  const chosen = new Set(parts.map(({ name }) => name));
  let free = context.cores;
  while (waiting.length > 0 || running.size > 0) {
    for (const part of [...waiting]) {
      const needs = (part.after ?? []).filter((name) => chosen.has(name));
      const cores = Math.min(part.cores, context.cores);
      if (cores > free || needs.some((name) => !results.has(name))) continue;
      waiting.splice(waiting.indexOf(part), 1);
      const broken = needs.find((name) => results.get(name).failed > 0 && part.needs?.includes(name));
      free -= cores;
      running.set(
        part.name,
        runPart(part, context, broken).then((result) => {
          running.delete(part.name);
          results.set(part.name, result);
          free += cores;
        }),
      );
    }
    await Promise.race(running.values());
  }
  return parts.map(({ name }) => results.get(name));
}

async function runPart(part, context, broken) {
  const started = performance.now();
  let outcome;
  if (broken) {
    outcome = { passed: 0, failed: 1, output: `Not run, because ${broken} failed.` };
  } else {
    try {
      outcome = await part.run(context);
    } catch (error) {
      outcome = { passed: 0, failed: 1, output: error.stack ?? String(error) };
    }
  }
  const { passed, failed, skipped = 0, output = "" } = outcome;
  const milliseconds = performance.now() - started;
  const mark = failed > 0 ? "✗" : "✓";
  const skippedText = skipped > 0 ? `, ${skipped} skipped` : "";
  context.say(
    `  ${mark} ${part.name}: ${passed} passed, ${failed} failed${skippedText}  ${formatSeconds(milliseconds)}`,
  );
  if (failed > 0) context.say(indent(output.trim()));
  return { name: part.name, passed, failed, skipped, milliseconds };
}

/** A table for people: part, passed, failed, time. */
export function summaryTable(results) {
  const rows = results.map(({ name, passed, failed, skipped, milliseconds }) => [
    name,
    String(passed),
    String(failed),
    String(skipped),
    formatSeconds(milliseconds),
  ]);
  const table = [["part", "passed", "failed", "skipped", "time"], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join("  "),
    )
    .join("\n");
}

function indent(text) {
  const lines = text.split("\n");
  const kept = lines.length > 400 ? ["…", ...lines.slice(-400)] : lines;
  return kept.map((line) => `      ${line}`).join("\n");
}
