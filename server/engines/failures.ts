import type { ConnectionFailureKind } from "../contract/engines";

export interface ConnectionFailure {
  readonly kind: ConnectionFailureKind;
  readonly message: string;
  readonly hint: string | null;
  readonly driver: string;
}

interface Cause {
  readonly kind: ConnectionFailureKind;
  readonly pattern: RegExp;
  readonly say: (where: string) => string;
  readonly hint: string | null;
}

/** In the order in which they are tried: the first that fits explains best. */
const causes: readonly Cause[] = [
  {
    kind: "driver",
    pattern:
      /can't open lib|libodbc|Failed to load the driver|No module named|IM002|Data source name not found|driver .*not (found|installed)/i,
    say: () => "The warehouse's driver is not installed on the server.",
    hint: "Ask the operator to install it (for SQL Server and Fabric: Microsoft's ODBC driver), or add the engine again.",
  },
  {
    kind: "file",
    pattern: /warehouse file .* does not exist|No such file or directory|IO Error: Cannot open file/i,
    say: () => "The database file does not exist, or cannot be read.",
    hint: "Build the project once, or correct the path.",
  },
  {
    kind: "dns",
    pattern:
      /Name or service not known|could not translate host name|nodename nor servname|getaddrinfo|Temporary failure in name resolution|NameResolutionError|No address associated|unknown host|Failed to resolve/i,
    say: (where) => `The name ${where.replace(/:\d+$/, "")} is not known.`,
    hint: "Check its spelling, and that the server's name service knows it.",
  },
  {
    kind: "tls",
    pattern:
      /certificate verify failed|CERTIFICATE_VERIFY|SSL: |SSLError|SSL error|TLS handshake|wrong version number|does not support SSL|self.signed certificate|hostname mismatch|no pg_hba\.conf entry.*(SSL off|no encryption)/i,
    say: (where) => `The encrypted connection to ${where} could not be made.`,
    hint: "Check whether it wants TLS, on which port, and whether its certificate is valid and names this host.",
  },
  {
    kind: "database",
    pattern:
      /database "?[^"\n]*"? does not exist|Unknown database|UNKNOWN_DATABASE|Cannot open database|catalog '?[^'\n]*'? (does not exist|not found)|Catalog .* not found|project .* not found|Not found: (Project|Dataset)|3D000/i,
    say: () => "The database is not known there.",
    hint: "Check its name, and that this user may see it.",
  },
  {
    kind: "authentication",
    pattern:
      /authentication failed|password authentication|Incorrect username or password|Login failed|invalid[_ ](grant|client|credentials|token|api key)|AuthenticationFailed|AUTHENTICATION_FAILED|Unauthorized|\b401\b|JWT token is invalid|no password supplied|role "?[^"\n]*"? does not exist|Could not deserialize key|unable to (load|parse).*(key|PEM)|MalformedError|DefaultCredentialsError|NoCredentials|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|28P01|28000/i,
    say: (where) => `${where} refused the user, password or key.`,
    hint: "Check how to sign in, the user and the secret. Secrets that are stored are used only for the same server.",
  },
  {
    kind: "permission",
    pattern:
      /permission denied|access ?denied|not authori[sz]ed|insufficient privileges|\b403\b|Forbidden|no pg_hba\.conf entry/i,
    say: (where) => `${where} accepted the user, but does not allow this.`,
    hint: "Give the role the right to connect, to use the warehouse and to read.",
  },
  {
    kind: "refused",
    pattern: /Connection refused|ECONNREFUSED|actively refused/i,
    say: (where) => `Nothing answers at ${where}.`,
    hint: "Check the port, that the server runs, and that a firewall lets this machine in.",
  },
  {
    kind: "unreachable",
    pattern: /No route to host|Network is unreachable|EHOSTUNREACH|Permission denied.*connect|\[Errno 13\]/i,
    say: (where) => `There is no way from this machine to ${where}.`,
    hint: "Check the network and the firewall. Only the hosts of the form, and its further hosts, can be reached.",
  },
  {
    kind: "timeout",
    pattern: /timed? ?out|timeout expired|deadline exceeded/i,
    say: (where) => `${where} did not answer in time.`,
    hint: "Check host and port; a firewall that drops packets looks like this.",
  },
  {
    kind: "settings",
    pattern:
      /Credentials in profile|Invalid profile|is a required property|Runtime Error\s+(Invalid|Must)|is not valid under|could not parse/i,
    say: () => "dbt does not accept these settings.",
    hint: "Correct what its message names.",
  },
];

/**
 * Explains why a connection failed: what kind of failure it is, in plain words, and what to do. Some drivers try a name that does
 * not exist until their time is up, and say only that: `unknownName` is one of the connection's names that cannot be found.
 */
export function explainConnectionFailure(
  error: { code: string; message: string; hint: string | null },
  host: string | null,
  unknownName: string | null = null,
): ConnectionFailure {
  const driver = error.message.replace(/^The warehouse refused the connection: /, "").trim();
  const where = host ?? "the warehouse";
  const named = /Failed to resolve '([^']+)'/.exec(driver)?.[1];
  if (error.code === "WAREHOUSE_BUSY") return { kind: "busy", message: error.message, hint: error.hint, driver };
  const found = causes.find(({ pattern }) => pattern.test(driver)) ?? (error.code === "TIMEOUT" ? timedOut : undefined);
  const unclear = found?.kind === "timeout" || found?.kind === "unreachable";
  if (unclear && unknownName !== null) {
    const { kind, say, hint } = unknown;
    return { kind, message: say(unknownName), hint, driver };
  }
  const cause = found;
  if (!cause) {
    const known = error.code === "WAREHOUSE_ERROR" || error.code === "DBT_ERROR";
    const message = known ? `${sentence(where)} refused the connection.` : error.message;
    return { kind: error.code === "TIMEOUT" ? "timeout" : "other", message, hint: error.hint, driver };
  }
  return {
    kind: cause.kind,
    message: sentence(cause.say(cause.kind === "dns" ? (named ?? where) : where)),
    hint: cause.hint,
    driver,
  };
}

function causeOf(kind: ConnectionFailureKind): Cause {
  const cause = causes.find((one) => one.kind === kind);
  if (!cause) throw new Error(`Nothing explains failures of the kind ${kind}.`);
  return cause;
}
const timedOut = causeOf("timeout");
const unknown = causeOf("dns");

function sentence(text: string): string {
  return text.startsWith("the ") ? `The ${text.slice(4)}` : text;
}
