/**
 * The demo's services in one process: the OpenID providers and the Git server. Settings come as one JSON line on standard
 * input (there are secrets in them); standard input's end ends the process.
 */
import { createInterface } from "node:readline";
import { demoClientId } from "./definition.mjs";
import { startGitServer } from "./git-server.mjs";
import { startOidcProvider } from "./oidc-provider.mjs";

const lines = createInterface({ input: process.stdin });
lines.once("line", start);
lines.once("close", () => process.exit(0));
process.once("SIGTERM", () => process.exit(0));

async function start(line) {
  const { oidcPort, gitPort, keysFile, repositories, baseUrls, clientSecret, gitToken, organisations } =
    JSON.parse(line);
  await startOidcProvider({
    port: oidcPort,
    keysFile,
    baseUrls,
    clientId: demoClientId,
    clientSecret,
    organisations,
  });
  await startGitServer({ root: repositories, port: gitPort, token: gitToken });
  console.log("demo services are ready");
}
