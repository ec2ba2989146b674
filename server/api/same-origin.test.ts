import { expect, test } from "vitest";
import { useTestDatabase } from "../testing";
import { createContext } from "./context";
import { requireSameOrigin } from "./same-origin";

useTestDatabase();

function refused(method: string, headers: Record<string, string>): boolean {
  try {
    requireSameOrigin(new Request("http://localhost:3000/api/trpc/x", { method, headers }));
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: "FORBIDDEN" });
    return true;
  }
}

test.each<[method: string, headers: Record<string, string>, refused: boolean]>([
  ["POST", { "sec-fetch-site": "same-origin", origin: "http://localhost:3000" }, false],
  ["POST", { "sec-fetch-site": "same-origin", origin: "http://127.0.0.1:3000" }, false],
  ["POST", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, true],
  ["POST", { "sec-fetch-site": "same-site", origin: "http://localhost:4000" }, true],
  ["POST", { "sec-fetch-site": "none" }, true],
  ["POST", { origin: "https://evil.example" }, true],
  ["POST", { origin: "null" }, true],
  ["POST", { origin: "http://localhost:3000" }, false],
  ["POST", {}, false],
  ["GET", { "sec-fetch-site": "none" }, false],
  ["GET", { "sec-fetch-site": "same-site" }, true],
  ["GET", { "sec-fetch-site": "cross-site" }, true],
])("%s with %j", (method, headers, expected) => {
  expect(refused(method, headers)).toBe(expected);
});

test("a body that is too large, or does not say how large it is, is refused before it is read", async () => {
  const context = (headers: Record<string, string>) =>
    createContext({
      req: new Request("http://localhost:3000/api/trpc/x", { method: "POST", headers }),
      resHeaders: new Headers(),
    });
  await expect(context({ "content-length": "70000000" })).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  await expect(context({})).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  await expect(context({ "content-length": "2" })).resolves.toMatchObject({ actor: null });
});
