import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { processSingleton } from "./singleton";

/** Settings of this process. Read from the environment once; nothing else in Millrace reads `process.env`. */
export interface Config {
  /** Absolute. Keys, embedded database, workspaces, mirrors. */
  readonly dataFolder: string;
  /** Absolute. Python environments, one per dbt version and set of adapters. */
  readonly enginesFolder: string;
  /** Absolute path of the runner's Unix socket. */
  readonly runnerSocket: string;
  readonly databaseUrl: string;
  /** Address of Millrace as the browser sees it, without a trailing slash. */
  readonly baseUrl: string;
  /** Signs and encrypts the sign-in cookies. */
  readonly authSecret: string;
  /** Master key that wraps the data keys of sealed secrets, and the ones it replaced (newest first). */
  readonly masterKey: Buffer;
  readonly previousMasterKeys: readonly Buffer[];
  readonly demo: boolean;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly allowSwap: boolean;
  /** http to loopback is allowed for Git remotes and identity providers (demo and tests). */
  readonly trustLoopback: boolean;
  /** Hours after which a sign-in ends whatever happens. */
  readonly signInHours: number;
  /** How many reverse proxies stand before Millrace: which entry of X-Forwarded-For is the caller's. */
  readonly proxies: number;
  /** Hosts that may have private addresses: identity providers and Git servers of the company's own network. */
  readonly privateHosts: readonly string[];
  /** Only these Git servers may be used, when there are any. */
  readonly gitHosts: readonly string[] | null;
  /** Megabytes that one clone, pull or push may receive. */
  readonly gitMaxMegabytes: number;
  /** Absolute folders whose DuckDB files an environment may name. The demo's own folder is one of them in the demo. */
  readonly warehouseFolders: readonly string[];
  readonly port: number;
}

const masterKey = z
  .string()
  .transform((text) => Buffer.from(text, "base64"))
  .refine((key) => key.length === 32, "must be 32 random bytes in base64 (make one with: openssl rand -base64 32)");
const hostList = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== ""),
  );
const onOff = z.enum(["on", "off"], "must be on or off");
const flag = z
  .enum(["", "0", "1", "on", "off", "true", "false"], "must be on or off")
  .default("")
  .transform((text) => text === "1" || text === "on" || text === "true");

const environmentSchema = z.object({
  MILLRACE_DATA: z.string().min(1).default("data"),
  MILLRACE_ENGINES: z.string().min(1).default(".engines"),
  MILLRACE_RUNNER_SOCKET: z.string().min(1).optional(),
  DATABASE_URL: z
    .string("is missing: the address of the PostgreSQL database, postgres://user:password@host/database")
    .regex(/^postgres(ql)?:\/\//, "must start with postgres://"),
  NEXTAUTH_URL: z
    .url("is missing or no address: where people reach Millrace, for example https://millrace.example.com")
    .regex(/^https?:\/\//, "must start with https:// (http:// only for localhost)"),
  NEXTAUTH_SECRET: z
    .string("is missing: a random text of at least 32 characters (openssl rand -base64 32)")
    .min(32, "must have at least 32 characters"),
  MILLRACE_KEY: z
    .string("is missing: the master key, 32 random bytes in base64 (openssl rand -base64 32)")
    .pipe(masterKey),
  MILLRACE_KEY_PREVIOUS: z
    .string()
    .default("")
    .transform((text) => text.split(",").filter((part) => part.trim() !== ""))
    .pipe(z.array(masterKey)),
  MILLRACE_DEMO: onOff.default("off"),
  MILLRACE_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  MILLRACE_ALLOW_SWAP: flag,
  MILLRACE_TRUST_LOOPBACK_GIT: flag,
  MILLRACE_SIGN_IN_HOURS: z.coerce.number().min(0.01).max(720).default(12),
  MILLRACE_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  MILLRACE_PRIVATE_HOSTS: hostList,
  MILLRACE_GIT_HOSTS: hostList,
  MILLRACE_GIT_MAX_MB: z.coerce.number().int().min(1).max(100_000).default(1024),
  MILLRACE_WAREHOUSE_DIRS: z
    .string()
    .default("")
    .transform((text) => text.split(":").filter((folder) => folder !== ""))
    .refine(
      (folders) => folders.every((folder) => isAbsolute(folder)),
      "must be absolute folders, separated by colons",
    ),
  PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
});

/** Loopback names and addresses, where plain http is acceptable. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname === "[::1]" || hostname === "::1" || /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

/** Validates an environment. Throws one Error that names every setting that is missing or wrong, and what it should be. */
export function loadConfig(environment: Record<string, string | undefined>): Config {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${String(issue.path[0])} ${issue.message}`);
    throw new Error(`Millrace cannot start, because its configuration is not complete:\n${lines.join("\n")}`);
  }
  const values = parsed.data;
  const base = new URL(values.NEXTAUTH_URL);
  if (base.protocol !== "https:" && !isLoopbackHost(base.hostname)) {
    throw new Error(
      `Millrace cannot start, because its configuration is not complete:\n  NEXTAUTH_URL must start with https:// (http:// only for localhost)`,
    );
  }
  const dataFolder = resolve(values.MILLRACE_DATA);
  return {
    dataFolder,
    enginesFolder: resolve(values.MILLRACE_ENGINES),
    runnerSocket: resolve(values.MILLRACE_RUNNER_SOCKET ?? `${dataFolder}/run/runner.sock`),
    databaseUrl: values.DATABASE_URL,
    baseUrl: base.href.replace(/\/$/, ""),
    authSecret: values.NEXTAUTH_SECRET,
    masterKey: values.MILLRACE_KEY,
    previousMasterKeys: values.MILLRACE_KEY_PREVIOUS,
    demo: values.MILLRACE_DEMO === "on",
    logLevel: values.MILLRACE_LOG_LEVEL,
    allowSwap: values.MILLRACE_ALLOW_SWAP,
    trustLoopback: values.MILLRACE_TRUST_LOOPBACK_GIT,
    signInHours: values.MILLRACE_SIGN_IN_HOURS,
    proxies: values.MILLRACE_PROXIES,
    privateHosts: values.MILLRACE_PRIVATE_HOSTS,
    gitHosts: values.MILLRACE_GIT_HOSTS.length === 0 ? null : values.MILLRACE_GIT_HOSTS,
    gitMaxMegabytes: values.MILLRACE_GIT_MAX_MB,
    warehouseFolders: [
      ...values.MILLRACE_WAREHOUSE_DIRS.map((folder) => resolve(folder)),
      ...(values.MILLRACE_DEMO === "on" ? [`${dataFolder}/demo`] : []),
    ],
    port: values.PORT,
  };
}

/** The configuration of this process. Throws on first use what `loadConfig` throws. */
export function config(): Config {
  return processSingleton("config", () => loadConfig(process.env));
}
