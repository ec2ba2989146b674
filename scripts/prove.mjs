/**
 * `npm run prove`: the no-trace proof. It starts all that it needs and removes it again.
 *
 *   npm run prove -- [--only battery|canary] [--search PATH]...
 *
 * Hostile attempts in the sandbox (Python), and at the same time a whole Millrace of its own, in which a real browser previews
 * rows with a random canary in them; then the canary is looked for everywhere. `--search` adds files and folders to that.
 * The last line is JSON; the exit code is 0 only when the promise held and the proof could have failed.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { findBrowser } from "./lib/browser.mjs";
import { install } from "./lib/installation.mjs";
import { pathsFrom } from "./lib/paths.mjs";
import { withClient } from "./lib/postgres.mjs";
import { createSteps, describeFailure, SetupError } from "./lib/steps.mjs";
import {
  chooseEnvironment,
  onPage,
  openBrowser,
  openSample,
  plantInBrowser,
  previewEverything,
  tryToWrite,
} from "./prove/person.mjs";
import { makeCanary, proveEnvironment, search } from "./prove/search.mjs";
import { startWorld } from "./prove/world.mjs";

/** Queries that do not end by themselves. */
const endless = {
  duckdb: "select max(CANARY || i % 7) as word from range(100000000) as a (i), range(100000000) as b (j)",
  postgres: "select CANARY as word, pg_sleep(600)",
};

/** What a preview must refuse. */
const writing = {
  duckdb: ["create table prove_written as select 1 as one", "insert into dim_stores select * from dim_stores"],
  postgres: [
    "create table prove_written as select 1 as one",
    "with gone as (delete from {{ ref('dim_stores') }} returning *) select * from gone",
    "select lo_from_bytea(0, 'rows') as written",
    "commit; create table prove_written as select 1 as one",
    "set transaction read write",
    "copy (select 1) to '/tmp/millrace-prove-copy'",
  ],
};

const started = performance.now();
const since = Date.now() / 1000 - 1;
const folder = mkdtempSync(join(tmpdir(), "millrace-prove-"));
const stops = [];
let cleaning = null;

for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
  process.on(signal, async () => {
    await cleanUp();
    process.exit(code);
  });

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stdout.write(describeFailure(error));
  process.exitCode = 1;
} finally {
  await cleanUp();
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: "string" }, search: { type: "string", multiple: true } } });
  // The database's user and the sandbox's reach their part of the data folder through it.
  chmodSync(folder, 0o755);
  const data = join(folder, "data");
  const paths = pathsFrom({ ...process.env, MILLRACE_DATA: data, MILLRACE_RUNNER_SOCKET: "" });
  const executable = values.only === "battery" ? null : requireBrowser();
  const { python } = await install(paths, createSteps());

  const parts = [
    values.only === "canary" ? null : battery(python),
    values.only === "battery" ? null : canary(python, { data, executable, extra: values.search ?? [] }),
  ];
  const outcomes = await Promise.allSettled(parts);
  for (const { reason } of outcomes.filter(({ status }) => status === "rejected")) {
    say(describeFailure(reason).trim());
  }
  if (outcomes.some(({ status }) => status === "rejected")) return false;
  const [attacks, trace] = outcomes.map(({ value }) => value);
  const result = {
    attempts: (attacks?.attempts ?? 0) + (trace?.attempts ?? 0),
    succeeded: (attacks?.succeeded ?? 0) + (trace?.succeeded ?? 0),
    control: attacks?.control ?? 0,
    layers: attacks?.layers ?? 0,
    canary_hits: (attacks?.canary_hits ?? 0) + (trace?.hits ?? 0),
    write_bytes: (attacks?.write_bytes ?? 0) + (trace?.writeBytes ?? 0),
  };
  await cleanUp();
  console.log(JSON.stringify(result));
  const held = result.succeeded === 0 && result.canary_hits === 0 && result.write_bytes === 0;
  return held && (attacks?.passed ?? true) && (trace?.passed ?? true);
}

function requireBrowser() {
  const executable = findBrowser();
  if (executable) return executable;
  throw new SetupError(
    "The proof needs a real Chromium, and there is none.",
    "On Debian or Ubuntu: apt-get install chromium. Elsewhere: npx playwright install --with-deps chromium, or name one with MILLRACE_CHROMIUM.",
  );
}

/** The hostile attempts: what they print goes through, but the last line is ours to say. */
async function battery(python) {
  const child = spawn(python, ["-m", "millrace_worker.prove"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: proveEnvironment(),
  });
  const ended = new Promise((done, failed) => child.once("exit", done).once("error", failed));
  stops.push(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await ended;
  });
  let last = null;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) last = JSON.parse(line);
    // Its own clock began later than ours.
    else say(line.replace(/^ *[\d.]+ s {2}/, ""));
  }
  const code = await ended;
  if (last === null) throw new SetupError(`The battery of hostile attempts broke off (exit code ${code}).`);
  return { ...last, passed: code === 0 };
}

/** A real preview of a canary, from the browser to both warehouses, and the search for it. */
async function canary(python, { data, executable, extra }) {
  const world = await startWorld(data);
  stops.push(world.stop);
  say(`a Millrace of the proof's own serves ${world.address}`);
  const profile = join(folder, "browser");
  const { context, page } = await openBrowser(executable, profile);
  const closeBrowser = once(() => context.close());
  stops.push(closeBrowser);

  const rows = makeCanary(python);
  const { previews, written, attempts } = await onPage(page, () => visit(page, world, rows));
  say(
    `${previews} previews showed the canary in the browser; ${attempts} attempts to write through one: ${written.length} succeeded`,
  );
  for (const statement of written) say(`  SUCCEEDED ${statement}`);

  const planted = makeCanary(python);
  const cluster = await plant(world, { page, text: planted.text });
  const canaries = { rows, planted };
  const everything = [data, profile, cluster, ...extra.map((path) => resolve(path))];
  const live = search(python, { canaries, everything, since, databases: [world.databaseUrl] });
  const writers = await writersOf(world, previews);
  await closeBrowser();
  await world.stop();
  const after = search(python, { canaries, everything, since });

  const hits = [...new Set([...live.found.rows, ...after.found.rows])];
  say(
    `canary searched in ${live.files} and ${after.files} files (${gigabytes(live.bytes)} and ${gigabytes(after.bytes)} GB), while Millrace ran and after: ${hits.length} hits`,
  );
  for (const place of hits) say(`  FOUND in ${place}`);
  const missed = notFound([...live.found.planted, ...after.found.planted], { data, profile, cluster });
  say(
    missed.length === 0
      ? "a canary that was planted in a log, a temporary file, the database and the browser's storage was found in each"
      : `the search MISSED what was planted in: ${missed.join(", ")}`,
  );
  say(`write_bytes of the ${writers.count} query processes behind the browser: ${writers.bytes}`);
  if (writers.unknown > 0) say(`  ${writers.unknown} of them ended without a record of what they wrote`);
  return {
    attempts,
    succeeded: written.length,
    hits: hits.length,
    writeBytes: writers.bytes,
    passed: missed.length === 0 && writers.count >= previews && writers.unknown === 0,
  };
}

/** Everything that the person does with rows. */
async function visit(page, world, rows) {
  await openSample(page, world);
  let previews = await previewEverything(page, rows, endless.duckdb);
  const written = await tryToWrite(page, writing.duckdb);
  await chooseEnvironment(page, "PostgreSQL");
  previews += await previewEverything(page, rows, endless.postgres);
  written.push(...(await tryToWrite(page, writing.postgres)));
  return { previews, written, attempts: writing.duckdb.length + writing.postgres.length };
}

/** Puts a second canary everywhere the first must not be. @returns {Promise<string>} the folder of the database's files */
async function plant({ data, databaseUrl, adminUrl }, { page, text }) {
  writeFileSync(join(data, "logs", "planted.log"), `{"row":"${text}"}\n`);
  mkdirSync(join(folder, "planted"));
  writeFileSync(join(folder, "planted", "core"), Buffer.concat([Buffer.alloc(5000), Buffer.from(text, "utf16le")]));
  await plantInBrowser(page, text);
  await withClient(databaseUrl, async (client) => {
    await client.query("create table prove_planted (value text)");
    await client.query("insert into prove_planted values ($1)", [text]);
  });
  return withClient(adminUrl, async (client) => {
    await client.query("checkpoint");
    return (await client.query("show data_directory")).rows[0].data_directory;
  });
}

/** Which of the planted places the search did not name. */
function notFound(found, { data, profile, cluster }) {
  const expected = {
    "the log": (place) => place === join(data, "logs", "planted.log"),
    "a temporary file": (place) => place === join(folder, "planted", "core"),
    "the database's rows": (place) => place === "table public.prove_planted",
    "the database's files": (place) => place.startsWith(`${cluster}/`),
    "the browser's local storage": (place) => place.startsWith(`${profile}/`) && place.includes("/Local Storage/"),
    "the browser's IndexedDB": (place) => place.startsWith(`${profile}/`) && place.includes("/IndexedDB/"),
  };
  return Object.keys(expected).filter((name) => !found.some(expected[name]));
}

/** What the kernel counted for each preview's process, from the audit trail. */
async function writersOf({ databaseUrl }) {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(
      "select (details ->> 'writeBytes')::bigint as bytes from audit_events where action in ('preview.run', 'preview.cancelled')",
    );
    return {
      count: rows.length,
      unknown: rows.filter(({ bytes }) => bytes === null).length,
      bytes: rows.reduce((sum, { bytes }) => sum + Number(bytes ?? 0), 0),
    };
  });
}

function gigabytes(bytes) {
  return (bytes / 1e9).toFixed(1);
}

function say(text) {
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}

function once(work) {
  let result = null;
  return () => {
    result ??= work();
    return result;
  };
}

/** Ends what still runs, the last first, and removes what the proof made. */
function cleanUp() {
  cleaning ??= (async () => {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true, force: true });
  })();
  return cleaning;
}
