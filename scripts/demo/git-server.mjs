import { spawn } from "node:child_process";
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { plainEnvironment } from "../lib/environment.mjs";

const repositoryPath = /^\/[A-Za-z0-9][A-Za-z0-9._-]*\.git(\/|$)/;
const headerLimit = 64 * 1024;

/**
 * A Git server over HTTP for the demo and the tests: `git http-backend` (its CGI) behind Node's http, on 127.0.0.1 only.
 * Reading and pushing both need the token, as the password of Basic authentication; the user name does not matter.
 * @param {{ root: string, port?: number, token: string, environment?: Record<string, string> }} options `root` holds bare repositories `NAME.git`
 * @returns {Promise<{ port: number, url: (name: string) => string, close: () => Promise<void> }>}
 */
export function startGitServer({ root, port = 0, token, environment = process.env }) {
  const children = new Set();
  const server = createServer((request, response) => {
    if (!isAllowed(request.headers.authorization, token)) {
      response.writeHead(401, {
        "WWW-Authenticate": 'Basic realm="Millrace demo repositories"',
        "Content-Type": "text/plain",
      });
      response.end("The token is missing or wrong.\n");
      return;
    }
    const url = new URL(request.url, "http://127.0.0.1");
    if (!repositoryPath.test(url.pathname) || url.pathname.includes("..")) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("There is no such repository.\n");
      return;
    }
    serve({ request, response, url, root, environment, children });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: address.port,
        url: (name) => `http://127.0.0.1:${address.port}/${name}.git`,
        close: () =>
          new Promise((done) => {
            for (const child of children) child.kill("SIGKILL");
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

function serve({ request, response, url, root, environment, children }) {
  const child = spawn("git", ["http-backend"], {
    env: {
      ...plainEnvironment(environment),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      REMOTE_USER: "millrace",
      REMOTE_ADDR: "127.0.0.1",
      SERVER_PROTOCOL: "HTTP/1.1",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      ...(request.headers["content-length"] ? { CONTENT_LENGTH: request.headers["content-length"] } : {}),
      ...(request.headers["content-encoding"] ? { HTTP_CONTENT_ENCODING: request.headers["content-encoding"] } : {}),
      ...(request.headers["git-protocol"] ? { GIT_PROTOCOL: request.headers["git-protocol"] } : {}),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.add(child);
  child.once("close", () => children.delete(child));
  child.once("error", () => fail(response));
  // git may answer (a refusal) before it has read the whole request.
  child.stdin.on("error", (error) => {
    if (error.code !== "EPIPE" && error.code !== "ECONNRESET") fail(response);
  });
  request.pipe(child.stdin);
  response.once("close", () => {
    if (!response.writableFinished) child.kill("SIGTERM");
  });
  forwardAnswer(child.stdout, response);
}

/** Turns the CGI answer (RFC 3875, section 6) into an HTTP one. */
function forwardAnswer(stdout, response) {
  let head = Buffer.alloc(0);
  const onData = (chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) {
      if (head.length > headerLimit) fail(response);
      return;
    }
    stdout.off("data", onData);
    const headers = head
      .subarray(0, end)
      .toString("latin1")
      .split("\r\n")
      .map((line) => line.split(/:\s*/, 2));
    const status = headers.find(([name]) => name.toLowerCase() === "status")?.[1];
    response.writeHead(
      status ? Number.parseInt(status, 10) : 200,
      Object.fromEntries(headers.filter(([name]) => name.toLowerCase() !== "status")),
    );
    response.write(head.subarray(end + 4));
    stdout.pipe(response);
  };
  stdout.on("data", onData);
  stdout.once("end", () => {
    if (!response.headersSent) fail(response);
  });
}

function fail(response) {
  if (!response.headersSent) response.writeHead(500, { "Content-Type": "text/plain" });
  response.end("git http-backend failed.\n");
}

function isAllowed(authorization, token) {
  const encoded = /^Basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (!encoded) return false;
  const given = Buffer.from(encoded, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
  const digest = (text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
