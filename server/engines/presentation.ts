/**
 * What an adapter's own credentials do not say: labels, order, ways to sign in, and which fields hide behind "more settings".
 * Kept by hand; everything else of a form comes from the adapter. An adapter that is not here gets a plain form.
 */
export interface Presentation {
  /** Unique; the adapter's name unless it has several. */
  readonly id?: string;
  readonly adapter: string;
  readonly label: string;
  readonly package: string;
  readonly hint?: string;
  readonly schemaLabel?: string;
  /** Shown at once, in this order, by dbt's names or aliases of them. */
  readonly fields: readonly string[];
  readonly methods?: readonly Method[];
  /** Nothing but what this table names; other fields of the adapter are not offered. */
  readonly closed?: boolean;
  readonly words?: Readonly<Record<string, Words>>;
}

interface Method {
  readonly id: string;
  readonly label: string;
  /** Settings that stand for it. */
  readonly values: Readonly<Record<string, string | boolean>>;
  readonly fields: readonly string[];
  readonly optional?: readonly string[];
}

interface Words {
  readonly label?: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly secret?: boolean;
  readonly multiline?: boolean;
  readonly initial?: string | number | boolean;
  readonly choices?: readonly string[];
  readonly kind?: "text" | "integer" | "boolean";
}

const readingRole = "A role that may only read is best: not every warehouse has read-only transactions.";
/** `principal` is the adapter's own word for signing in as an application. */
const entra = (principal: string): readonly Method[] => [
  {
    id: "service-principal",
    label: "Service principal",
    values: { authentication: principal },
    fields: ["tenant_id", "client_id", "client_secret"],
  },
  {
    id: "password",
    label: "Microsoft Entra user and password",
    values: { authentication: "ActiveDirectoryPassword" },
    fields: ["user", "password"],
  },
];

export const presentations: readonly Presentation[] = [
  {
    adapter: "athena",
    label: "Athena",
    package: "dbt-athena",
    schemaLabel: "Database (schema)",
    fields: ["region_name", "database", "s3_staging_dir", "s3_data_dir", "work_group"],
    methods: [
      {
        id: "keys",
        label: "Access key",
        values: {},
        fields: ["aws_access_key_id", "aws_secret_access_key"],
        optional: ["aws_session_token"],
      },
      {
        id: "role",
        label: "Access key, then a role",
        values: {},
        fields: ["aws_access_key_id", "aws_secret_access_key", "assume_role_arn"],
        optional: ["assume_role_external_id"],
      },
    ],
    words: {
      region_name: { label: "AWS region", hint: "For example eu-central-1." },
      database: { label: "Data catalog", initial: "awsdatacatalog" },
      s3_staging_dir: { label: "S3 folder for results", hint: "s3://bucket/folder/", required: true },
      s3_data_dir: { label: "S3 folder for tables" },
      work_group: { label: "Workgroup" },
    },
  },
  {
    adapter: "bigquery",
    label: "BigQuery",
    package: "dbt-bigquery",
    schemaLabel: "Dataset",
    fields: ["project", "location", "maximum_bytes_billed"],
    methods: [
      {
        id: "service-account-json",
        label: "Service account key",
        values: { method: "service-account-json" },
        fields: ["keyfile_json"],
      },
      {
        id: "oauth-secrets",
        label: "OAuth refresh token",
        values: { method: "oauth-secrets" },
        fields: ["refresh_token", "client_id", "client_secret", "token_uri"],
      },
      { id: "oauth-token", label: "OAuth access token", values: { method: "oauth-secrets" }, fields: ["token"] },
    ],
    words: {
      project: { label: "Project", required: true },
      location: { hint: "For example EU or us-east1." },
      maximum_bytes_billed: { label: "Most bytes billed per query" },
      keyfile_json: { label: "Key (JSON)", hint: "The whole text of the key file." },
      token_uri: { initial: "https://oauth2.googleapis.com/token" },
    },
  },
  {
    adapter: "clickhouse",
    label: "ClickHouse",
    package: "dbt-clickhouse",
    schemaLabel: "Database",
    hint: readingRole,
    fields: ["host", "port", "driver", "secure", "verify", "user", "password"],
    words: {
      host: { required: true },
      port: { hint: "8443 for HTTPS, 8123 for HTTP, 9440 or 9000 for the native protocol." },
      driver: { choices: ["http", "native"], initial: "http" },
      secure: { label: "TLS", initial: true },
      verify: { label: "Check the server's certificate" },
    },
  },
  {
    adapter: "databricks",
    label: "Databricks",
    package: "dbt-databricks",
    hint: readingRole,
    fields: ["host", "http_path", "database"],
    methods: [
      { id: "token", label: "Access token", values: {}, fields: ["token"] },
      {
        id: "oauth",
        label: "OAuth, service principal",
        values: { auth_type: "oauth" },
        fields: ["client_id", "client_secret"],
      },
      {
        id: "azure",
        label: "Azure service principal",
        values: { auth_type: "oauth" },
        fields: ["azure_client_id", "azure_client_secret"],
      },
    ],
    words: {
      host: { label: "Server host name", hint: "Without https://.", required: true },
      http_path: { label: "HTTP path", hint: "/sql/1.0/warehouses/…", required: true },
      database: { label: "Catalog" },
    },
  },
  {
    adapter: "dremio",
    label: "Dremio",
    package: "dbt-dremio",
    hint: readingRole,
    fields: ["datalake", "root_path", "database"],
    methods: [
      {
        id: "software-password",
        label: "Dremio Software, password",
        values: {},
        fields: ["software_host", "port", "use_ssl", "user", "password"],
      },
      {
        id: "software-token",
        label: "Dremio Software, token",
        values: {},
        fields: ["software_host", "port", "use_ssl", "user", "pat"],
      },
      { id: "cloud", label: "Dremio Cloud", values: {}, fields: ["cloud_host", "cloud_project_id", "user", "pat"] },
    ],
    words: {
      datalake: { label: "Object storage source" },
      root_path: { label: "Object storage path" },
      database: { label: "Space" },
      cloud_host: { initial: "api.dremio.cloud" },
      pat: { label: "Personal access token" },
    },
  },
  {
    adapter: "duckdb",
    label: "DuckDB",
    package: "dbt-duckdb",
    closed: true,
    fields: ["path"],
    words: {
      path: {
        label: "Database file",
        hint: "Absolute path on the server, inside a folder that its configuration allows.",
        required: true,
      },
    },
  },
  {
    adapter: "fabric",
    label: "Microsoft Fabric",
    package: "dbt-fabric",
    hint: readingRole,
    fields: ["host", "database"],
    methods: entra("ActiveDirectoryServicePrincipal"),
    words: {
      host: { label: "SQL endpoint", hint: "….datawarehouse.fabric.microsoft.com", required: true },
      database: { label: "Warehouse", required: true },
    },
  },
  {
    adapter: "firebolt",
    label: "Firebolt",
    package: "dbt-firebolt",
    hint: "Name your engine's address under Further hosts: Firebolt gives each its own.",
    fields: ["account_name", "database", "engine_name"],
    methods: [
      { id: "service-account", label: "Service account", values: {}, fields: ["client_id", "client_secret"] },
      { id: "password", label: "User and password", values: {}, fields: ["user", "password"] },
    ],
    words: { account_name: { label: "Account" }, engine_name: { label: "Engine" } },
  },
  {
    id: "motherduck",
    adapter: "duckdb",
    label: "MotherDuck",
    package: "dbt-duckdb",
    closed: true,
    fields: ["path", "motherduck_token"],
    words: {
      path: { label: "Database", hint: "md:NAME", initial: "md:", required: true },
      motherduck_token: { label: "Access token", secret: true, required: true },
    },
  },
  {
    adapter: "postgres",
    label: "PostgreSQL",
    package: "dbt-postgres",
    closed: true,
    fields: ["host", "port", "dbname", "user", "sslmode", "password"],
    words: {
      dbname: { label: "Database" },
      port: { initial: 5432 },
      user: { hint: "A role that may only read is best for previews." },
      sslmode: {
        label: "sslmode",
        hint: "prefer, require, verify-ca or verify-full",
        choices: ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        initial: "prefer",
      },
      password: { required: false },
    },
  },
  {
    adapter: "redshift",
    label: "Redshift",
    package: "dbt-redshift",
    fields: ["host", "port", "dbname", "sslmode"],
    methods: [
      { id: "database", label: "User and password", values: { method: "database" }, fields: ["user", "password"] },
      {
        id: "iam",
        label: "IAM user",
        values: { method: "iam" },
        fields: ["user", "cluster_id", "region", "access_key_id", "secret_access_key"],
      },
    ],
    words: { dbname: { label: "Database" }, port: { initial: 5439 }, sslmode: { label: "sslmode" } },
  },
  {
    adapter: "snowflake",
    label: "Snowflake",
    package: "dbt-snowflake",
    hint: `${readingRole} Large results come from your account's storage: name its host under Further hosts (SELECT SYSTEM$ALLOWLIST()).`,
    fields: ["account", "database", "warehouse", "role"],
    methods: [
      {
        id: "key-pair",
        label: "Key pair",
        values: {},
        fields: ["user", "private_key"],
        optional: ["private_key_passphrase"],
      },
      { id: "password", label: "User and password", values: {}, fields: ["user", "password"] },
      {
        id: "oauth",
        label: "OAuth",
        values: { authenticator: "oauth" },
        fields: ["token", "oauth_client_id", "oauth_client_secret"],
      },
      { id: "okta", label: "Okta", values: {}, fields: ["authenticator", "user", "password"] },
      {
        id: "token",
        label: "Programmatic access token",
        values: { authenticator: "programmatic_access_token" },
        fields: ["user", "token"],
      },
    ],
    words: {
      account: { hint: "ORGANISATION-ACCOUNT, or a locator with its region.", required: true },
      private_key: { multiline: true, hint: "PEM text of the private key." },
      authenticator: { label: "Okta address", hint: "https://company.okta.com" },
    },
  },
  {
    adapter: "sqlserver",
    label: "SQL Server",
    package: "dbt-sqlserver",
    hint: `${readingRole} The ODBC driver looks names up by itself, which a locked-down process may not: give the server's IP address.`,
    fields: ["host", "port", "database", "driver", "encrypt", "trust_cert"],
    methods: [
      { id: "sql", label: "SQL login", values: { authentication: "sql" }, fields: ["user", "password"] },
      ...entra("ServicePrincipal"),
    ],
    words: {
      host: { label: "Server", required: true },
      database: { required: true },
      driver: { initial: "ODBC Driver 18 for SQL Server" },
      trust_cert: { label: "Trust the server's certificate unchecked" },
    },
  },
  {
    adapter: "trino",
    label: "Trino / Starburst",
    package: "dbt-trino",
    hint: readingRole,
    fields: ["host", "port", "http_scheme", "catalog", "roles"],
    methods: [
      { id: "none", label: "User name only", values: { method: "none" }, fields: ["user"] },
      { id: "ldap", label: "User and password (LDAP)", values: { method: "ldap" }, fields: ["user", "password"] },
      { id: "jwt", label: "JSON web token", values: { method: "jwt" }, fields: ["jwt_token"] },
    ],
    words: {
      port: { initial: 443 },
      http_scheme: { label: "Protocol", initial: "https" },
      catalog: { label: "Catalog" },
      jwt_token: { label: "Token" },
    },
  },
];
