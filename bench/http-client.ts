import { createInterface } from "node:readline";
import { runRequest } from "./support/decode";

/** The browser of the bench: reads what a URL streams and decodes it, and answers with its times, one line for each line. */
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { url, body } = JSON.parse(line) as { url: string; body: unknown };
  console.log(JSON.stringify(await runRequest(url, body)));
}
