import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { type SessionLimitName, sessionLimitDefinitions } from "../contract/session-limits";
import { processSingleton } from "./singleton";

/** Runners of other machines: how they are found, and what is shown to them. */
export interface RemoteRunners {
  /** Where NATS is: nats://host:port, or tls://host:port with the certificates below; may hold user:password. */
  readonly natsUrl: string;
  /** Absolute files in PEM: the authority of both sides, and the web tier's certificate and key. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** A name that each runner's certificate must hold. */
  readonly runnerName: string;
  /** The data folder as the runners see it: the workspaces are on a volume that they share with the web tier. */
  readonly dataFolder: string;
}

/** Settings of this process. Read from the environment once; nothing else in Millrace reads `process.env`. */
export interface Config {
  /** Absolute. Keys, embedded database, workspaces, mirrors. */
  readonly dataFolder: string;
  /** Absolute. Python environments, one per dbt version and set of adapters. */
  readonly enginesFolder: string;
  /** Absolute path of the runner's Unix socket. */
  readonly runnerSocket: string;
  /** Null: the runner of this machine serves, over its socket. */
  readonly remoteRunners: RemoteRunners | null;
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
  /** Adapters' packages that administrators may install beside the known ones. */
  readonly enginePackages: readonly string[];
  /** Sessions that one runner of this machine takes, of every organisation together. */
  readonly runnerSessions: number;
  /** The most that an organisation may set for its dbt sessions; what is left out is bounded by Millrace alone. */
  readonly limitMaxima: Readonly<Partial<Record<SessionLimitName, number>>>;
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
const absoluteFile = z.string().refine((path) => isAbsolute(path), "must be an absolute path");
const onOff = z.enum(["on", "off"], "must be on or off");
const flag = z
  .enum(["", "0", "1", "on", "off", "true", "false"], "must be on or off")
  .default("")
  .transform((text) => text === "1" || text === "on" || text === "true");

/** The operator's bound of a limit that organisations set. */
function maximum(name: SessionLimitName) {
  const { min, max } = sessionLimitDefinitions[name];
  return z.coerce.number().int().min(min).max(max).optional();
}

const settings = z.object({
  MILLRACE_DATA: z.string().min(1).default("data"),
  MILLRACE_ENGINES: z.string().min(1).default(".engines"),
  MILLRACE_RUNNER_SOCKET: z.string().min(1).optional(),
  MILLRACE_NATS_URL: z
    .string()
    .regex(/^(nats|tls):\/\//, "must start with nats:// or tls://")
    .optional(),
  MILLRACE_RUNNER_TLS_CA: absoluteFile.optional(),
  MILLRACE_RUNNER_TLS_CERT: absoluteFile.optional(),
  MILLRACE_RUNNER_TLS_KEY: absoluteFile.optional(),
  MILLRACE_RUNNER_TLS_NAME: z.string().min(1).default("millrace-runner"),
  MILLRACE_RUNNER_DATA: absoluteFile.optional(),
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
  MILLRACE_ENGINE_PACKAGES: hostList.refine(
    (names) => names.every((name) => /^dbt-[a-z0-9]+(-[a-z0-9]+)*$/.test(name)),
    "must be package names like dbt-oracle, separated by commas",
  ),
  MILLRACE_RUNNER_SESSIONS: z.coerce.number().int().min(1).max(10_000).default(200),
  MILLRACE_MAX_SESSION_MEMORY_MB: maximum("sessionMemoryMb"),
  MILLRACE_MAX_SESSION_CPU_SECONDS: maximum("sessionCpuSeconds"),
  MILLRACE_MAX_QUERY_MEMORY_MB: maximum("queryMemoryMb"),
  MILLRACE_MAX_QUERY_CPU_SECONDS: maximum("queryCpuSeconds"),
  MILLRACE_MAX_ORGANISATION_SESSIONS: maximum("sessionsPerOrganisation"),
  PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
});

/** Runners of other machines are reached with certificates or not at all. */
const environmentSchema = settings.superRefine((values, context) => {
  if (values.MILLRACE_NATS_URL === undefined) return;
  for (const name of ["MILLRACE_RUNNER_TLS_CA", "MILLRACE_RUNNER_TLS_CERT", "MILLRACE_RUNNER_TLS_KEY"] as const) {
    if (values[name] === undefined) {
      context.addIssue({
        code: "custom",
        path: [name],
        message: "is missing: MILLRACE_NATS_URL is set (docs/deploy.md)",
      });
    }
  }
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
  const runnerSocket = values.MILLRACE_RUNNER_SOCKET;
  return {
    dataFolder,
    enginesFolder: resolve(values.MILLRACE_ENGINES),
    // Not one `resolve` of either: the build takes a path that ends in a literal for a file of its own, and traces the whole project.
    runnerSocket: runnerSocket === undefined ? `${dataFolder}/run/runner.sock` : resolve(runnerSocket),
    remoteRunners: remoteRunners(values, dataFolder),
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
    enginePackages: values.MILLRACE_ENGINE_PACKAGES,
    runnerSessions: values.MILLRACE_RUNNER_SESSIONS,
    limitMaxima: {
      sessionMemoryMb: values.MILLRACE_MAX_SESSION_MEMORY_MB,
      sessionCpuSeconds: values.MILLRACE_MAX_SESSION_CPU_SECONDS,
      queryMemoryMb: values.MILLRACE_MAX_QUERY_MEMORY_MB,
      queryCpuSeconds: values.MILLRACE_MAX_QUERY_CPU_SECONDS,
      sessionsPerOrganisation: values.MILLRACE_MAX_ORGANISATION_SESSIONS,
    },
    port: values.PORT,
  };
}

function remoteRunners(values: z.infer<typeof settings>, dataFolder: string): RemoteRunners | null {
  const { MILLRACE_RUNNER_TLS_CA: ca, MILLRACE_RUNNER_TLS_CERT: certificate, MILLRACE_RUNNER_TLS_KEY: key } = values;
  const natsUrl = values.MILLRACE_NATS_URL;
  if (natsUrl === undefined || ca === undefined || certificate === undefined || key === undefined) return null;
  const runnerName = values.MILLRACE_RUNNER_TLS_NAME;
  return { natsUrl, ca, certificate, key, runnerName, dataFolder: values.MILLRACE_RUNNER_DATA ?? dataFolder };
}

/** The configuration of this process. Throws on first use what `loadConfig` throws. */
export function config(): Config {
  return processSingleton("config", () => loadConfig(process.env));
}
