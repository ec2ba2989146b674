import { AppError } from "../core";
import { furtherHosts } from "./forms";

/** One TCP endpoint that a session may reach. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}
type Settings = Readonly<Record<string, string | number | boolean>>;

/**
 * Every endpoint that a connection needs, from its settings alone; nothing else can be reached by its sessions.
 * @throws INVALID_INPUT when the settings name no host, or a wrong one
 */
export function endpointsOf(adapter: string, settings: Settings): Endpoint[] {
  const own = ownEndpoints(adapter, settings);
  const further = text(settings, furtherHosts)
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => parse(part, 443));
  const all = [...own, ...further].map(({ host, port }) => ({ host: host.toLowerCase(), port }));
  return all.filter(
    (one, index) => all.findIndex(({ host, port }) => host === one.host && port === one.port) === index,
  );
}

function ownEndpoints(adapter: string, settings: Settings): Endpoint[] {
  const host = (name = "host") => text(settings, name);
  const port = (fallback: number, name = "port") => Number(settings[name] ?? fallback);
  switch (adapter) {
    case "duckdb":
      return /^(md|motherduck):/.test(host("path")) ? [https("api.motherduck.com")] : [];
    case "postgres":
      return [server(host(), port(5432))];
    case "redshift":
      return [
        server(host(), port(5439)),
        ...(host("method") === "iam" ? amazon(settings, "region", ["redshift", "sts"]) : []),
      ];
    case "snowflake":
      return snowflake(settings);
    case "bigquery":
      return [
        ...["bigquery", "bigquerystorage", "oauth2", "iamcredentials", "sts"].map((name) =>
          https(`${name}.googleapis.com`),
        ),
        ...["token_uri", "api_endpoint"].filter((name) => host(name) !== "").map((name) => parse(host(name), 443)),
      ];
    case "databricks":
      return [server(host(), 443), ...(host("azure_client_id") === "" ? [] : [https("login.microsoftonline.com")])];
    case "athena":
      return athena(settings);
    case "clickhouse": {
      const native = host("driver") === "native";
      const secure = settings.secure === true;
      return [server(host(), port(native ? (secure ? 9440 : 9000) : secure ? 8443 : 8123))];
    }
    case "dremio":
      return host("software_host") === ""
        ? [parse(host("cloud_host") || "api.dremio.cloud", 443)]
        : [server(host("software_host"), port(9047))];
    case "fabric":
      return [server(host(), 1433), ...["login.microsoftonline.com", "api.fabric.microsoft.com"].map(https)];
    case "sqlserver": {
      const [name = "", given] = host().split("\\")[0]?.split(",") ?? [];
      const entra = host("authentication") !== "" && host("authentication").toLowerCase() !== "sql";
      return [server(name, given ? Number(given) : port(1433)), ...(entra ? [https("login.microsoftonline.com")] : [])];
    }
    case "firebolt":
      return [parse(host("api_endpoint") || "api.app.firebolt.io", 443), https("id.app.firebolt.io")];
    case "trino":
      return [server(host(), port(host("http_scheme") === "http" ? 8080 : 443))];
    default:
      return host() === "" ? [] : [server(host(), port(443))];
  }
}

/** Snowflake's own rule: underscores of an account become hyphens in its host name; China has a domain of its own. */
function snowflake(settings: Settings): Endpoint[] {
  const given = text(settings, "host");
  const account = text(settings, "account");
  if (given === "" && account === "") throw missing("account");
  const domain = /\.cn-/.test(account) ? "snowflakecomputing.cn" : "snowflakecomputing.com";
  const host = given || `${account.replaceAll("_", "-")}.${domain}`;
  const literal = given === "" && account.includes("_") ? [server(`${account}.${domain}`, 443)] : [];
  const proxy = text(settings, "proxy_host");
  const okta = text(settings, "authenticator");
  const private_ = text(settings, "s3_stage_vpce_dns_name");
  return [
    server(host, Number(settings.port ?? 443)),
    ...literal,
    { host: `ocsp.${domain}`, port: 80 },
    ...(proxy === "" ? [] : [server(proxy, Number(settings.proxy_port ?? 443))]),
    ...(okta.startsWith("https://") ? [parse(okta, 443)] : []),
    ...(private_ === "" ? [] : [server(private_, 443)]),
  ];
}

function athena(settings: Settings): Endpoint[] {
  const services = amazon(settings, "region_name", ["athena", "glue", "sts", "s3", "lakeformation"]);
  const region = text(settings, "region_name");
  const buckets = ["s3_staging_dir", "s3_data_dir", "s3_tmp_table_dir"]
    .map((name) => /^s3:\/\/([^/]+)/.exec(text(settings, name))?.[1])
    .filter((bucket) => bucket !== undefined)
    .flatMap((bucket) => [
      https(`${bucket}.s3.${region}.${amazonDomain(region)}`),
      https(`${bucket}.s3.amazonaws.com`),
    ]);
  const endpoint = text(settings, "endpoint_url");
  return [...services, ...buckets, ...(endpoint === "" ? [] : [parse(endpoint, 443)])];
}

function amazon(settings: Settings, name: string, services: readonly string[]): Endpoint[] {
  const region = text(settings, name);
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) throw missing(name);
  return services.map((service) => https(`${service}.${region}.${amazonDomain(region)}`));
}

function amazonDomain(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

const https = (host: string): Endpoint => ({ host, port: 443 });

function server(host: string, port: number): Endpoint {
  if (host === "") throw missing("host");
  return parse(host, port);
}

/** `host`, `host:port`, `[address]:port` or a URL. */
function parse(given: string, port: number): Endpoint {
  const isAddress = /^[0-9a-f:]+:[0-9a-f:]*$/i.test(given) && given.split(":").length > 2;
  const url = given.includes("://") ? given : `tcp://${isAddress ? `[${given}]` : given}`;
  const found = URL.canParse(url) ? new URL(url) : null;
  const host = found?.hostname.replace(/^\[|\]$/g, "") ?? "";
  const number = found?.port ? Number(found.port) : found?.protocol === "http:" ? 80 : port;
  if (
    found === null ||
    !/^[A-Za-z0-9._:-]+$/.test(host) ||
    found.username !== "" ||
    !(number >= 1 && number <= 65_535)
  ) {
    throw new AppError("INVALID_INPUT", `“${given}” is not a host.`, { hint: "Write host, or host:port." });
  }
  return { host, port: number };
}

function text(settings: Settings, name: string): string {
  const value = settings[name];
  return value === undefined ? "" : String(value).trim();
}

function missing(name: string): AppError {
  return new AppError("INVALID_INPUT", `The environment names no ${name.replaceAll("_", " ")}.`, {
    hint: "Ask an administrator to complete the connection.",
    details: { setting: name },
  });
}
