import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AppError } from "../core";
import { type Description, descriptionSchema, installedEngines, readyEngine, workerPackages } from "./catalogue";
import { checkConnection } from "./connection";
import { endpointsOf } from "./egress";
import { explainConnectionFailure } from "./failures";
import { formsOf } from "./forms";
import { presentations } from "./presentation";
import { runnerSocket } from "./runners";

const recorded = join(import.meta.dirname, "recorded");
const descriptions: Description[] = readdirSync(recorded).map((file) =>
  descriptionSchema.parse(JSON.parse(readFileSync(join(recorded, file), "utf8"))),
);
const folder = mkdtempSync(join(tmpdir(), "millrace-engines-"));
const engines = join(folder, "engines");

/** What core's configuration needs, and an engine with every recorded adapter. */
beforeAll(() => {
  vi.stubEnv("MILLRACE_DATA", join(folder, "data"));
  vi.stubEnv("MILLRACE_ENGINES", engines);
  vi.stubEnv("DATABASE_URL", "postgres://nobody@localhost/none");
  vi.stubEnv("NEXTAUTH_URL", "http://localhost:3000");
  vi.stubEnv("NEXTAUTH_SECRET", "a secret of at least thirty-two characters");
  vi.stubEnv("MILLRACE_KEY", Buffer.alloc(32, 1).toString("base64"));
  mkdirSync(join(engines, "all"), { recursive: true });
  mkdirSync(join(engines, "dev"));
  writeFileSync(join(engines, "all.json"), JSON.stringify({ name: "all", packages: ["dbt-trino"], dbt: "1.11" }));
  writeFileSync(join(engines, "all.adapters.json"), JSON.stringify({ dbtVersion: "1.11.16", adapters: descriptions }));
  writeFileSync(join(engines, "all", ".millrace-stamp"), "done\n");
  writeFileSync(join(engines, "half.json"), JSON.stringify({ name: "half", packages: ["dbt-trino"], dbt: null }));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("the engines are those of the folder, an unfinished one cannot be used", () => {
  expect(installedEngines().map(({ name, ready, dbtVersion }) => [name, ready, dbtVersion])).toEqual([
    ["default", true, null],
    ["all", true, "1.11.16"],
    ["half", false, null],
  ]);
  expect(() => readyEngine("half")).toThrow("The engine half is not finished.");
  expect(() => readyEngine("none")).toThrow("There is no engine named none.");
  expect(runnerSocket("all")).toBe(join(folder, "data", "run", "runner-all.sock"));
});

test("an engine that lacks what the worker needs now is to be finished again, as the command line says", () => {
  const script = readFileSync(join(import.meta.dirname, "../../scripts/lib/engines.mjs"), "utf8");
  expect(JSON.parse(/^export const workerPackages = (.*);$/m.exec(script)?.[1] ?? "")).toEqual(workerPackages);
  const lock = join(engines, "all.lock");
  const lines = workerPackages.map((name) => `${name}==1.0 --hash=sha256:00`);
  writeFileSync(lock, lines.slice(1).join("\n"));
  expect(() => readyEngine("all")).toThrow("The engine all is not finished.");
  rmSync(lock);
  expect(readyEngine("all").name).toBe("all");
});

describe("forms", () => {
  test("there is one for every warehouse that the product names, from the adapter's own fields", () => {
    const labels = descriptions.flatMap((description) => formsOf(description).map(({ label }) => label)).sort();
    expect(labels).toEqual([
      ...["Athena", "BigQuery", "ClickHouse", "Databricks", "Dremio", "DuckDB", "Firebolt", "Microsoft Fabric"],
      ...["MotherDuck", "PostgreSQL", "Redshift", "SQL Server", "Snowflake", "Trino / Starburst"],
    ]);
  });

  test.each(descriptions.map((description) => [description.adapter, description] as const))(
    "%s: everything that the table by hand names exists in the adapter",
    (adapter, description) => {
      const names = new Set(description.fields.flatMap(({ name, aliases }) => [name, ...aliases]));
      for (const table of presentations.filter((one) => one.adapter === adapter)) {
        const used = [
          ...table.fields,
          ...Object.keys(table.words ?? {}),
          ...(table.methods ?? []).flatMap(({ fields, optional = [], values }) => [
            ...fields,
            ...optional,
            ...Object.keys(values),
          ]),
        ];
        expect(used.filter((name) => !names.has(name))).toEqual([]);
      }
    },
  );

  test.each(descriptions.map((description) => [description.adapter, description] as const))(
    "%s: no field twice, passwords and keys sealed",
    (_, description) => {
      for (const form of formsOf(description)) {
        const names = form.fields.map(({ name }) => name);
        expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
        const open = form.fields.filter(
          ({ name, secret }) => /password|secret|private_key$|token$|^pat$|keyfile_json/.test(name) && !secret,
        );
        expect(open.map(({ name }) => name)).toEqual([]);
      }
    },
  );

  test("an adapter that nobody knows gets a plain form", () => {
    const field = { default: null, choices: [], aliases: [], secret: false, shown: true };
    const [form] = formsOf({
      adapter: "oracle",
      package: "dbt-oracle",
      version: "1",
      fields: [
        { ...field, name: "host", kind: "text", required: true },
        { ...field, name: "schema", kind: "text", required: true },
        { ...field, name: "password", kind: "text", required: false, secret: true },
        { ...field, name: "retries", kind: "integer", required: false, default: 1 },
      ],
    });
    expect(form?.fields.map(({ name, required, advanced, secret }) => ({ name, required, advanced, secret }))).toEqual([
      { name: "host", required: true, advanced: false, secret: false },
      { name: "schema", required: true, advanced: false, secret: false },
      { name: "password", required: false, advanced: false, secret: true },
      { name: "retries", required: false, advanced: true, secret: false },
      { name: "millrace_hosts", required: false, advanced: true, secret: false },
    ]);
  });
});

describe("what a connection may be", () => {
  const check = (adapter: string, settings: Record<string, string | number | boolean>, secretNames: string[] = []) =>
    checkConnection({ engine: "all", adapter, settings, secretNames });
  const code = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return error instanceof AppError ? [error.code, error.details.setting] : error;
    }
    return null;
  };
  const trino = { host: "trino.example", port: 8443, catalog: "lake", method: "ldap", user: "ada" };

  test("kinds are checked, defaults filled in", () => {
    expect(check("trino", trino, ["password"])).toEqual({ ...trino, http_scheme: "https" });
    expect(
      checkConnection({
        engine: "default",
        adapter: "postgres",
        settings: { host: "h", dbname: "d", user: "u" },
        secretNames: [],
      }),
    ).toEqual({ host: "h", port: 5432, dbname: "d", user: "u", sslmode: "prefer" });
  });

  test.each([
    ["a port of letters", "trino", { ...trino, port: "many" }, ["password"], "port"],
    ["a port too large", "trino", { ...trino, port: 70_000 }, ["password"], "port"],
    ["an unknown setting", "trino", { ...trino, plugin: "x" }, ["password"], "plugin"],
    ["a secret among the settings", "trino", { ...trino, password: "p" }, [], "password"],
    ["an unknown secret", "trino", trino, ["password", "other"], "other"],
    ["a way to sign in without its secret", "trino", trino, [], "password"],
    ["a host that is none", "trino", { ...trino, host: "h/../x" }, ["password"], "host"],
    ["JSON that is none", "trino", { ...trino, roles: "{" }, ["password"], "roles"],
    ["a list where an object belongs", "trino", { ...trino, roles: "[]" }, ["password"], "roles"],
    ["a choice that there is not", "trino", { ...trino, http_scheme: "ftp" }, ["password"], "http_scheme"],
    ["a missing account", "snowflake", { database: "d" }, [], "account"],
  ])("%s is refused", (_, adapter, settings, secrets, setting) => {
    expect(code(() => check(adapter, settings as Record<string, string>, secrets))).toEqual(["INVALID_INPUT", setting]);
  });

  test("an adapter that the engine lacks is refused with those that it has", () => {
    expect(() => checkConnection({ engine: "default", adapter: "snowflake", settings: {}, secretNames: [] })).toThrow(
      "The engine default has no adapter snowflake.",
    );
  });
});

describe("endpoints", () => {
  const of = (adapter: string, settings: Record<string, string | number | boolean>) =>
    endpointsOf(adapter, settings).map(({ host, port }) => `${host}:${port}`);
  test.each<[string, string, Record<string, string | number | boolean>, string[]]>([
    ["a DuckDB file", "duckdb", { path: "/srv/x.duckdb" }, []],
    ["MotherDuck", "duckdb", { path: "md:lake" }, ["api.motherduck.com:443"]],
    ["PostgreSQL", "postgres", { host: "DB.example" }, ["db.example:5432"]],
    ["PostgreSQL by IPv6", "postgres", { host: "2001:db8::1", port: 5433 }, ["2001:db8::1:5433"]],
    ["Redshift", "redshift", { host: "c.example" }, ["c.example:5439"]],
    [
      "Redshift with IAM",
      "redshift",
      { host: "c.example", method: "iam", region: "eu-west-1" },
      ["c.example:5439", "redshift.eu-west-1.amazonaws.com:443", "sts.eu-west-1.amazonaws.com:443"],
    ],
    [
      "Snowflake by account",
      "snowflake",
      { account: "ACME-Main_1" },
      [
        "acme-main-1.snowflakecomputing.com:443",
        "acme-main_1.snowflakecomputing.com:443",
        "ocsp.snowflakecomputing.com:80",
      ],
    ],
    [
      "Snowflake in China",
      "snowflake",
      { account: "acme.cn-north-1" },
      ["acme.cn-north-1.snowflakecomputing.cn:443", "ocsp.snowflakecomputing.cn:80"],
    ],
    [
      "Snowflake with Okta and a storage host",
      "snowflake",
      {
        account: "a",
        authenticator: "https://acme.okta.com",
        millrace_hosts: "stage.s3.amazonaws.com, b.example:8443",
      },
      [
        "a.snowflakecomputing.com:443",
        "ocsp.snowflakecomputing.com:80",
        "acme.okta.com:443",
        "stage.s3.amazonaws.com:443",
        "b.example:8443",
      ],
    ],
    ["Databricks", "databricks", { host: "x.cloud.databricks.com" }, ["x.cloud.databricks.com:443"]],
    [
      "Databricks on Azure",
      "databricks",
      { host: "adb.azuredatabricks.net", azure_client_id: "c" },
      ["adb.azuredatabricks.net:443", "login.microsoftonline.com:443"],
    ],
    ["ClickHouse over HTTPS", "clickhouse", { host: "c", secure: true }, ["c:8443"]],
    ["ClickHouse natively", "clickhouse", { host: "c", driver: "native", secure: false }, ["c:9000"]],
    ["Dremio", "dremio", { software_host: "d.example" }, ["d.example:9047"]],
    ["Dremio Cloud", "dremio", {}, ["api.dremio.cloud:443"]],
    [
      "Fabric",
      "fabric",
      { host: "x.datawarehouse.fabric.microsoft.com" },
      ["x.datawarehouse.fabric.microsoft.com:1433", "login.microsoftonline.com:443", "api.fabric.microsoft.com:443"],
    ],
    ["Firebolt", "firebolt", { account_name: "a" }, ["api.app.firebolt.io:443", "id.app.firebolt.io:443"]],
    ["SQL Server", "sqlserver", { host: "sql.example,1450", authentication: "sql" }, ["sql.example:1450"]],
    ["a named instance of SQL Server", "sqlserver", { host: "sql.example\\main", port: 1433 }, ["sql.example:1433"]],
    ["Trino", "trino", { host: "t", port: 8080, http_scheme: "http" }, ["t:8080"]],
    ["an unknown adapter", "oracle", { host: "o", port: 1521 }, ["o:1521"]],
  ])("%s", (_, adapter, settings, expected) => {
    expect(of(adapter, settings)).toEqual(expected);
  });

  test("Athena needs its services and buckets", () => {
    const found = of("athena", { region_name: "eu-central-1", s3_staging_dir: "s3://results/x/" });
    expect(found).toContain("athena.eu-central-1.amazonaws.com:443");
    expect(found).toContain("glue.eu-central-1.amazonaws.com:443");
    expect(found).toContain("results.s3.eu-central-1.amazonaws.com:443");
  });
  test("BigQuery needs its own and the sign-in's", () => {
    const found = of("bigquery", { token_uri: "https://oauth2.googleapis.com/token" });
    expect(found).toContain("bigquery.googleapis.com:443");
    expect(found.filter((host) => host === "oauth2.googleapis.com:443")).toHaveLength(1);
  });
  test.each([
    ["postgres", {}],
    ["snowflake", {}],
    ["athena", { region_name: "x" }],
    ["trino", { host: "user:pass@x" }],
    ["trino", { host: "x", millrace_hosts: "a b" }],
  ])("%s %o has none", (adapter, settings) => {
    expect(() => endpointsOf(adapter, settings as Record<string, string>)).toThrow(AppError);
  });
});

describe("failures in plain words", () => {
  const explain = (message: string, code = "WAREHOUSE_ERROR") =>
    explainConnectionFailure(
      { code, message: `The warehouse refused the connection: ${message}`, hint: null },
      "db:5432",
    );
  test.each([
    ["dns", 'could not translate host name "db.nowhere" to address: Name or service not known'],
    [
      "dns",
      "HTTPSConnectionPool(host='x'): Max retries exceeded (Caused by NameResolutionError(\"Failed to resolve 'x'\"))",
    ],
    ["refused", 'connection to server at "127.0.0.1", port 1 failed: Connection refused\n\tIs the server running?'],
    ["refused", "HTTPConnectionPool: Failed to establish a new connection: [Errno 111] Connection refused"],
    ["tls", "server does not support SSL, but SSL was required"],
    ["tls", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"],
    ["authentication", 'FATAL:  password authentication failed for user "ada"'],
    ["authentication", "250001 (08001): Failed to connect to DB. Incorrect username or password was specified."],
    ["authentication", "('invalid_grant: Invalid JWT Signature.', {'error': 'invalid_grant'})"],
    ["authentication", "Login failed for user 'sa'."],
    ["database", 'FATAL:  database "nope" does not exist'],
    ["database", "TrinoUserError(type=USER_ERROR, name=CATALOG_NOT_FOUND, message=\"Catalog 'x' not found\")"],
    ["permission", 'FATAL: permission denied for database "x"'],
    ["permission", "403 Forbidden: Access Denied: User does not have bigquery.jobs.create permission"],
    ["timeout", "connection timed out"],
    ["driver", "[unixODBC][Driver Manager]Can't open lib 'ODBC Driver 18 for SQL Server' : file not found"],
    ["unreachable", "OSError: [Errno 113] No route to host"],
    ["other", "something that nobody has seen before"],
  ])("%s: %s", (kind, message) => {
    const found = explain(message);
    expect(found.kind).toBe(kind);
    expect(found.driver).toBe(message);
    expect(found.message).not.toContain("warehouse refused the connection:");
  });
  test("where it was is said", () => {
    expect(explain("Connection refused").message).toBe("Nothing answers at db:5432.");
    const elsewhere = explain(
      "Timeout of 8.0s exceeded, last exception: HTTPSConnectionPool(host='oauth2.googleapis.com', port=443): " +
        "Max retries exceeded with url: /token (Caused by NameResolutionError(\"Failed to resolve 'oauth2.googleapis.com'\"))",
    );
    expect([elsewhere.kind, elsewhere.message]).toEqual(["dns", "The name oauth2.googleapis.com is not known."]);
    expect(explainConnectionFailure({ code: "WAREHOUSE_BUSY", message: "held", hint: "Wait" }, null).kind).toBe("busy");
  });
});
