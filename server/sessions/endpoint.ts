import { readFileSync, statSync } from "node:fs";
import { connect as connectPlain, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import { AppError } from "../core";

/** Where a runner answers: a Unix socket of this machine, or the TLS gateway beside a runner of another one. */
export type RunnerEndpoint =
  | { readonly kind: "unix"; readonly path: string }
  | {
      readonly kind: "tls";
      readonly host: string;
      readonly port: number;
      /** The runner's name among its like, for placement and the log. */
      readonly runner: string;
      readonly identity: TlsIdentity;
    };

/** Files of this web tier's certificate, and who the other side must prove to be. */
export interface TlsFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** A name that the runner's certificate must hold. Addresses come from discovery and prove nothing. */
  readonly runnerName: string;
}

/** The web tier's TLS credentials, read again when a file has changed, so that renewed certificates need no restart. */
export class TlsIdentity {
  readonly files: TlsFiles;
  #stamp = "";
  #context: SecureContext | null = null;

  constructor(files: TlsFiles) {
    this.files = files;
  }

  /** @throws WORKER_LOST when a file is missing or is no certificate */
  context(): SecureContext {
    const { ca, certificate, key } = this.files;
    try {
      const stamp = [ca, certificate, key].map((file) => statSync(file).mtimeMs).join(" ");
      if (this.#context === null || stamp !== this.#stamp) {
        this.#context = createSecureContext({
          ca: readFileSync(ca),
          cert: readFileSync(certificate),
          key: readFileSync(key),
          minVersion: "TLSv1.3",
        });
        this.#stamp = stamp;
      }
      return this.#context;
    } catch (error) {
      throw new AppError("WORKER_LOST", "The certificate that Millrace shows to dbt runners cannot be read.", {
        hint: "Ask your administrator to look at the MILLRACE_RUNNER_TLS_ settings.",
        cause: error,
      });
    }
  }
}

/** Silence after which the kernel asks whether the other machine is still there. */
const keepAliveMilliseconds = 5_000;
const connectMilliseconds = 5_000;

/**
 * Connects. `onConnected` is called when what is written reaches the runner and nobody else: over TLS that is after the
 * runner's certificate has been checked, so write nothing before. Failures come as the socket's "error" event.
 * @throws WORKER_LOST when our own certificate cannot be read
 */
export function connectRunner(
  endpoint: RunnerEndpoint,
  { onConnected, onread }: { onConnected: () => void; onread?: OnReadOpts },
): Socket {
  const reading = onread === undefined ? {} : { onread };
  if (endpoint.kind === "unix") {
    const socket = connectPlain({ path: endpoint.path, ...reading });
    // What is written now is sent on connection: one turn of the loop less.
    queueMicrotask(onConnected);
    return socket;
  }
  const { host, port, identity } = endpoint;
  const socket = connectTls({
    host,
    port,
    secureContext: identity.context(),
    servername: identity.files.runnerName,
    minVersion: "TLSv1.3",
    rejectUnauthorized: true,
    ...reading,
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMilliseconds);
  const late = setTimeout(
    () => socket.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })),
    connectMilliseconds,
  );
  socket.once("secureConnect", () => {
    clearTimeout(late);
    onConnected();
  });
  socket.once("close", () => clearTimeout(late));
  return socket;
}

/** What went wrong with a connection to a runner, in words for the person. */
export function connectionError(error: NodeJS.ErrnoException): AppError {
  const code = error.code ?? "";
  if (unreachable.has(code)) {
    return new AppError("WORKER_LOST", "The dbt runner cannot be reached.", {
      hint: "It may be restarting: try again in a few seconds, then ask your administrator to look at the runner.",
      cause: error,
    });
  }
  if (/^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO)/.test(code)) {
    return new AppError("WORKER_LOST", "Millrace and the dbt runner do not accept each other's certificate.", {
      hint: "Ask your administrator to look at the certificates of the runners and the web tier.",
      details: { reason: code },
      cause: error,
    });
  }
  return new AppError("WORKER_LOST", "The connection to the dbt session broke.", { cause: error });
}

const unreachable = new Set([
  "ENOENT",
  "ECONNREFUSED",
  "EACCES",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
]);
