import { describe, expect, test } from "vitest";
import { loadConfig } from "./config";

const good = {
  DATABASE_URL: "postgres://millrace@db/millrace",
  NEXTAUTH_URL: "https://millrace.example.com/",
  NEXTAUTH_SECRET: "x".repeat(32),
  MILLRACE_KEY: Buffer.alloc(32, 1).toString("base64"),
};

function problem(changes: Record<string, string | undefined>): string {
  try {
    loadConfig({ ...good, ...changes });
    return "accepted";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("the configuration", () => {
  test("names everything that is missing at once, and how to get it", () => {
    const message = problem({
      DATABASE_URL: undefined,
      NEXTAUTH_URL: undefined,
      NEXTAUTH_SECRET: undefined,
      MILLRACE_KEY: undefined,
    });
    expect(message.split("\n").map((line) => line.trim().split(" ").slice(0, 3).join(" "))).toEqual([
      "Millrace cannot start,",
      "DATABASE_URL is missing:",
      "NEXTAUTH_URL is missing",
      "NEXTAUTH_SECRET is missing:",
      "MILLRACE_KEY is missing:",
    ]);
  });

  test.each([
    [{ MILLRACE_KEY: "c2hvcnQ=" }, "MILLRACE_KEY must be 32 random bytes"],
    [{ NEXTAUTH_SECRET: "short" }, "NEXTAUTH_SECRET must have at least 32"],
    [{ NEXTAUTH_URL: "http://millrace.example.com" }, "NEXTAUTH_URL must start with https://"],
    [{ DATABASE_URL: "mysql://x" }, "DATABASE_URL must start with postgres://"],
    [{ MILLRACE_DEMO: "maybe" }, "MILLRACE_DEMO must be on or off"],
    [{ MILLRACE_KEY_PREVIOUS: "x,y" }, "MILLRACE_KEY_PREVIOUS must be 32 random bytes"],
  ])("%j is refused with a reason", (changes, reason) => {
    expect(problem(changes)).toContain(reason);
  });

  test("never repeats a secret in its message", () => {
    expect(problem({ MILLRACE_KEY: "my-secret-key", NEXTAUTH_SECRET: "my-short-secret" })).not.toMatch(/my-/);
  });

  test("has safe defaults: no demo, no loopback, twelve hours", () => {
    const { demo, trustLoopback, allowSwap, signInHours, baseUrl, proxies } = loadConfig(good);
    expect({ demo, trustLoopback, allowSwap, signInHours, baseUrl, proxies }).toEqual({
      demo: false,
      trustLoopback: false,
      allowSwap: false,
      signInHours: 12,
      baseUrl: "https://millrace.example.com",
      proxies: 0,
    });
  });

  test("runners of other machines are reached with certificates or not at all", () => {
    const MILLRACE_NATS_URL = "nats://nats:4222";
    expect(loadConfig(good).remoteRunners).toBe(null);
    expect(problem({ MILLRACE_NATS_URL, MILLRACE_RUNNER_TLS_KEY: "key.pem" })).toMatch(
      /MILLRACE_RUNNER_TLS_KEY must be an absolute path/,
    );
    const missing = problem({ MILLRACE_NATS_URL });
    for (const name of ["CA", "CERT", "KEY"]) expect(missing).toContain(`MILLRACE_RUNNER_TLS_${name} is missing`);
    const files = { MILLRACE_RUNNER_TLS_CA: "/ca", MILLRACE_RUNNER_TLS_CERT: "/cert", MILLRACE_RUNNER_TLS_KEY: "/key" };
    expect(loadConfig({ ...good, ...files, MILLRACE_NATS_URL, MILLRACE_DATA: "/data" }).remoteRunners).toEqual({
      natsUrl: MILLRACE_NATS_URL,
      ca: "/ca",
      certificate: "/cert",
      key: "/key",
      runnerName: "millrace-runner",
      dataFolder: "/data",
    });
  });

  test("http is for localhost only", () => {
    expect(problem({ NEXTAUTH_URL: "http://localhost:3000" })).toBe("accepted");
    expect(problem({ NEXTAUTH_URL: "http://127.0.0.1:3000" })).toBe("accepted");
  });
});
