import { NextRequest } from "next/server";
import { expect, test } from "vitest";
import { contentSecurityPolicy, proxy } from "./proxy";

function answer(url: string): Headers {
  return proxy(new NextRequest(url, { headers: { host: new URL(url).host } })).headers;
}

test("the policy allows scripts of the page's nonce alone, and nothing of other sites", () => {
  expect(contentSecurityPolicy("n0nce", false).split("; ")).toEqual([
    "default-src 'none'",
    "script-src 'self' 'nonce-n0nce' 'strict-dynamic'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ]);
});

test("each answer has a nonce of its own, and the page is told it", () => {
  const nonces = [1, 2].map(
    () => /'nonce-([^']+)'/.exec(answer("http://localhost:3000/").get("content-security-policy") ?? "")?.[1],
  );
  expect(nonces[0]).not.toBe(nonces[1]);
  const headers = answer("http://localhost:3000/");
  expect(headers.get("content-security-policy")).toContain(`'nonce-${headers.get("x-middleware-request-x-nonce")}'`);
});

test("outside localhost the browser is told to stay with https", () => {
  expect(answer("https://millrace.example.com/").get("strict-transport-security")).toBe(
    "max-age=63072000; includeSubDomains",
  );
  expect(answer("http://localhost:3000/").get("strict-transport-security")).toBeNull();
  expect(answer("http://127.0.0.1:3000/").get("strict-transport-security")).toBeNull();
});

test("no page can be framed, sniffed or told where people came from", () => {
  const headers = answer("http://localhost:3000/p/orders");
  expect(["x-frame-options", "x-content-type-options", "referrer-policy"].map((name) => headers.get(name))).toEqual([
    "DENY",
    "nosniff",
    "same-origin",
  ]);
});
