/**
 * Children get an environment made from an allowlist: nothing that happens to be set in the terminal reaches the runner,
 * because Jinja's env_var() and any dbt macro can read whatever its process was started with.
 */
const everyChild = ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/** What installers may need to reach the network the way this machine does: proxies, certificates, caches. */
const installerPattern =
  /^(https?_proxy|no_proxy|all_proxy|npm_config_.*|pip_.*|node_extra_ca_certs|requests_ca_bundle|curl_ca_bundle|xdg_.*)$/i;

/** What the web process reads besides its own MILLRACE_ settings (server/core/config.ts). */
const webSettings = ["DATABASE_URL", "NEXTAUTH_URL", "NEXTAUTH_SECRET", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "PORT"];

/** No secret among them. */
const runnerSettings = ["MILLRACE_DATA", "MILLRACE_RUNNER_SOCKET", "MILLRACE_LOG_LEVEL", "MILLRACE_ALLOW_SWAP"];

/** Only the named variables of `source`, plus `extra`. */
export function pick(source, names, extra = {}) {
  const picked = Object.fromEntries(
    names.filter((name) => source[name] !== undefined).map((name) => [name, source[name]]),
  );
  return { ...picked, ...extra };
}

/** For tools that set-up itself runs (git, python -m venv, npm, pip). */
export function installerEnvironment(source = process.env, extra = {}) {
  const wanted = Object.keys(source).filter((name) => everyChild.includes(name) || installerPattern.test(name));
  return pick(source, wanted, { npm_config_update_notifier: "false", ...extra });
}

/** For services without secrets (PostgreSQL, demo services). */
export function plainEnvironment(source = process.env, extra = {}) {
  return pick(source, everyChild, extra);
}

/** For the web process, its migrations and its seed. `settings` win over what is set in the terminal. */
export function webEnvironment(source, settings) {
  const all = { ...source, ...settings };
  // The console installs engines, so it needs the network the way set-up does.
  const own = Object.keys(all).filter((name) => name.startsWith("MILLRACE_") || installerPattern.test(name));
  return pick(all, [...everyChild, ...webSettings, ...own], { NEXT_TELEMETRY_DISABLED: "1" });
}

/** For the runner: scrubbed of everything secret. */
export function runnerEnvironment(source, settings) {
  return pick({ ...source, ...settings }, [...everyChild, ...runnerSettings], {
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONUNBUFFERED: "1",
    DO_NOT_TRACK: "1",
    DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
  });
}

/** How a person may say yes in the environment. */
export function isOn(value) {
  return ["1", "on", "true"].includes(value ?? "");
}
