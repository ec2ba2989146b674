import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { privateFolder } from "./paths.mjs";
import { SetupError } from "./steps.mjs";

/**
 * The keys of an installation that runs on its own data folder; made on the first run, readable by their owner only.
 * Values in the environment win. Losing `master.key` loses every sealed secret in the database.
 * @returns {{ MILLRACE_KEY: string, NEXTAUTH_SECRET: string, databasePassword: string, gitToken: string, clientSecret: string, warehousePassword: string, created: boolean }}
 */
export function ensureKeys(folder, environment = process.env) {
  privateFolder(folder);
  chmodSync(folder, 0o700);
  let created = false;
  const key = (name, bytes = 32) => {
    const file = join(folder, name);
    if (!existsSync(file)) {
      created = true;
      writeDurably(file, randomBytes(bytes).toString("base64"));
    }
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    const value = readFileSync(file, "utf8").trim();
    if (Buffer.from(value, "base64").length !== bytes) {
      throw new SetupError(
        `The key file ${file} is damaged.`,
        "Put it back from your backup. Without it, the secrets in the database cannot be opened.",
      );
    }
    return value;
  };
  return {
    MILLRACE_KEY: environment.MILLRACE_KEY || key("master.key"),
    NEXTAUTH_SECRET: environment.NEXTAUTH_SECRET || key("sign-in.key"),
    databasePassword: toUrlSafe(key("database.key")),
    gitToken: toUrlSafe(key("demo-git.key")),
    clientSecret: toUrlSafe(key("demo-client.key")),
    warehousePassword: toUrlSafe(key("demo-warehouse.key")),
    created,
  };
}

/** What a production start needs, all that is missing at once. Pure: nothing is made up for production. */
export function missingProductionSettings(environment) {
  const missing = [];
  const { DATABASE_URL, NEXTAUTH_URL, MILLRACE_KEY, NEXTAUTH_SECRET } = environment;
  if (!DATABASE_URL)
    missing.push("DATABASE_URL: the PostgreSQL database, as postgres://user:password@host:5432/millrace");
  else if (!/^postgres(ql)?:\/\//.test(DATABASE_URL)) missing.push("DATABASE_URL: must begin with postgres://");
  if (!NEXTAUTH_URL) missing.push("NEXTAUTH_URL: the address people open, as https://millrace.example.com");
  else if (!/^https:\/\//.test(NEXTAUTH_URL) && !isLoopbackUrl(NEXTAUTH_URL))
    missing.push("NEXTAUTH_URL: must begin with https:// (http only for localhost)");
  if (!MILLRACE_KEY)
    missing.push(
      "MILLRACE_KEY: 32 random bytes in base64 that seal secrets in the database; make one with: openssl rand -base64 32",
    );
  else if (Buffer.from(MILLRACE_KEY, "base64").length !== 32)
    missing.push("MILLRACE_KEY: must be 32 bytes in base64; make one with: openssl rand -base64 32");
  if (!NEXTAUTH_SECRET)
    missing.push("NEXTAUTH_SECRET: signs the sign-in cookies; make one with: openssl rand -base64 32");
  return missing;
}

/** Throws one SetupError that names every missing setting. */
export function requireProductionSettings(environment) {
  const missing = missingProductionSettings(environment);
  if (missing.length === 0) return;
  throw new SetupError(
    `MILLRACE_DEMO=off is the production start, and it needs:\n${missing.map((text) => `  - ${text}`).join("\n")}`,
    "Set them and run the same command again. To try Millrace on this machine without any of it, run: npm start",
  );
}

export function isLoopbackUrl(url) {
  return URL.canParse(url) && ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

function writeDurably(file, text) {
  const half = `${file}.new`;
  const descriptor = openSync(half, "w", 0o600);
  try {
    writeSync(descriptor, `${text}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(half, file);
}

function toUrlSafe(base64) {
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
