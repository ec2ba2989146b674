import { generateKeyPairSync } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ConnectionFailureKind } from "../contract/engines";
import { useDbtWorld } from "../testing/dbt-world";
import { testConnection } from "./connection-test";
import { sessionService } from "./service";

/**
 * Every adapter of the engines that are installed on this machine (MILLRACE_ENGINES), up to its driver's own connection error:
 * the session opens with the adapter's settings, the driver tries, and what failed is explained. None of the warehouses is there.
 */
vi.setConfig({ testTimeout: 240_000 });
const secret = "not-to-be-shown-0f3a";
const world = useDbtWorld();
afterAll(() => sessionService().close());

interface Attempt {
  readonly adapter: string;
  readonly settings: Record<string, string | number | boolean>;
  readonly secrets: Record<string, string>;
  /** What the failure may be: machines differ in whether names of the outer world resolve. */
  readonly kinds: readonly ConnectionFailureKind[];
}

const outside: readonly ConnectionFailureKind[] = ["dns", "unreachable", "refused", "timeout", "authentication"];
let closedPort = 1;
const google = () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return JSON.stringify({
    type: "service_account",
    project_id: "nowhere",
    private_key_id: secret,
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: "nobody@nowhere.iam.gserviceaccount.com",
    client_id: "1",
    token_uri: "https://oauth2.googleapis.com/token",
  });
};

/** A server of this machine on whose port nobody listens, or an account in the cloud that does not exist. */
const attempts: readonly (() => Attempt)[] = [
  () => ({
    adapter: "postgres",
    settings: { host: "127.0.0.1", port: closedPort, dbname: "none", user: "nobody", sslmode: "disable" },
    secrets: { password: secret },
    kinds: ["refused"],
  }),
  () => ({
    adapter: "redshift",
    settings: { host: "127.0.0.1", port: closedPort, dbname: "none", user: "nobody", method: "database" },
    secrets: { password: secret },
    kinds: ["refused"],
  }),
  () => ({
    adapter: "trino",
    settings: {
      ...{ host: "127.0.0.1", port: closedPort, http_scheme: "https", method: "ldap" },
      ...{ user: "nobody", catalog: "none" },
    },
    secrets: { password: secret },
    kinds: ["refused"],
  }),
  () => ({
    adapter: "clickhouse",
    settings: { host: "127.0.0.1", port: closedPort, driver: "http", secure: false, verify: false, user: "nobody" },
    secrets: { password: secret },
    kinds: ["refused"],
  }),
  () => ({
    adapter: "dremio",
    settings: { software_host: "127.0.0.1", port: closedPort, use_ssl: false, user: "nobody" },
    secrets: { password: secret },
    kinds: ["refused"],
  }),
  () => ({
    adapter: "databricks",
    settings: { host: "127.0.0.1", http_path: "/sql/1.0/warehouses/none" },
    secrets: { token: secret },
    kinds: ["refused"],
  }),
  () => ({
    adapter: "snowflake",
    settings: { account: "nowhere-none", user: "nobody", database: "none" },
    secrets: { password: secret },
    kinds: outside,
  }),
  () => ({
    adapter: "bigquery",
    settings: { method: "service-account-json", project: "nowhere" },
    secrets: { keyfile_json: google() },
    kinds: outside,
  }),
  () => ({
    adapter: "athena",
    settings: {
      ...{ region_name: "eu-central-1", database: "awsdatacatalog", s3_staging_dir: "s3://nowhere-none/results/" },
      aws_access_key_id: "AKIANOTAKEY",
    },
    secrets: { aws_secret_access_key: secret },
    kinds: outside,
  }),
  () => ({
    adapter: "firebolt",
    settings: { account_name: "nowhere", database: "none", engine_name: "none", client_id: "nobody" },
    secrets: { client_secret: secret },
    kinds: outside,
  }),
  () => ({
    adapter: "fabric",
    settings: {
      ...{ host: "nowhere.datawarehouse.fabric.microsoft.com", database: "none" },
      ...{ authentication: "ActiveDirectoryPassword", user: "nobody@nowhere.example" },
    },
    secrets: { password: secret },
    kinds: ["driver", ...outside],
  }),
  () => ({
    adapter: "sqlserver",
    settings: { host: "127.0.0.1", port: closedPort, database: "none", authentication: "sql", user: "nobody" },
    secrets: { password: secret },
    kinds: ["driver", "refused", "timeout"],
  }),
];

/** The engine of each adapter that is installed here; the default one has PostgreSQL. */
function installedAdapters(): Map<string, string> {
  const folder = resolve(process.env.MILLRACE_ENGINES ?? ".engines");
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".adapters.json")) : [];
  const found = files.flatMap((file) => {
    const { adapters } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { adapters: { adapter: string }[] };
    return adapters.map(({ adapter }) => [adapter, file.replace(".adapters.json", "")] as const);
  });
  return new Map([...found, ["postgres", "default"]]);
}
const installed = installedAdapters();
const cases = attempts.map((attempt) => attempt()).filter(({ adapter }) => installed.has(adapter));

beforeAll(async () => {
  const server = createServer();
  closedPort = await new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
});

test.each(cases.map(({ adapter }) => adapter))(
  "%s: a failed connection is explained, with the driver's own words",
  async (adapter) => {
    const attempt = attempts.map((make) => make()).find((one) => one.adapter === adapter) as Attempt;
    const result = await testConnection(world.admin, {
      ...{ projectId: world.projectId, environmentId: null, name: "new", target: "dev", schema: "public" },
      ...{ engine: installed.get(adapter) ?? "", adapter, settings: attempt.settings, secrets: attempt.secrets },
      ...{ threads: 1, vars: {}, isDefault: false },
    });
    expect(result.ok).toBe(false);
    expect(attempt.kinds).toContain(result.failure?.kind);
    expect(result.failure?.driver).not.toBe("");
    expect(JSON.stringify(result)).not.toContain(secret);
  },
);
