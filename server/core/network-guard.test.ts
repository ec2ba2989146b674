import type { LookupAddress } from "node:dns";
import { describe, expect, test } from "vitest";
import { checkRemoteUrl, type GuardRules, guardedLookup } from "./network-guard";

const strict: GuardRules = { trustLoopback: false, privateHosts: [] };
const demo: GuardRules = { trustLoopback: true, privateHosts: [] };
const company: GuardRules = { trustLoopback: false, privateHosts: ["git.corp.example"] };

function accepts(url: string, rules: GuardRules): boolean {
  try {
    checkRemoteUrl(url, rules);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "AppError") return false;
    throw error;
  }
}

describe("addresses that may be written down", () => {
  const table: [url: string, strict: boolean, demo: boolean][] = [
    ["https://login.example.com/x", true, true],
    ["http://login.example.com/x", false, false],
    ["https://user:password@login.example.com", false, false],
    ["https://user@login.example.com", false, false],
    ["ftp://login.example.com", false, false],
    ["file:///etc/passwd", false, false],
    ["not an address", false, false],
    ["https://169.254.169.254/latest/meta-data", false, false],
    ["https://0xa9fea9fe/", false, false],
    ["https://0251.0376.0251.0376/", false, false],
    ["https://2852039166/", false, false],
    ["https://127.0.0.1/", false, true],
    ["http://127.0.0.1:4000/", false, true],
    ["http://localhost:4000/", false, true],
    ["https://localhost/", false, true],
    ["http://[::1]:4000/", false, true],
    ["https://10.0.0.8/", false, false],
    ["https://192.168.1.1/", false, false],
    ["https://172.20.0.1/", false, false],
    ["https://100.64.0.1/", false, false],
    ["https://0.0.0.0/", false, false],
    ["https://[::]/", false, false],
    ["https://[fd00::1]/", false, false],
    ["https://[fe80::1]/", false, false],
    ["https://[::ffff:169.254.169.254]/", false, false],
    ["https://[::ffff:10.0.0.1]/", false, false],
    ["https://[64:ff9b::a9fe:a9fe]/", false, false],
    ["https://[2002:a9fe:a9fe::]/", false, false],
    ["https://[2606:4700:4700::1111]/", true, true],
    ["https://1.1.1.1/", true, true],
  ];
  test.each(table)("%s", (url, inStrict, inDemo) => {
    expect([accepts(url, strict), accepts(url, demo)]).toEqual([inStrict, inDemo]);
  });
});

describe("names, when they are resolved", () => {
  function resolved(hostname: string, addresses: string[], rules: GuardRules): Promise<string> {
    const answer = addresses.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 }));
    const resolver = ((_name: string, _options: object, done: (error: null, found: LookupAddress[]) => void) =>
      done(null, answer)) as unknown as Parameters<typeof guardedLookup>[1];
    return new Promise((resolve) => {
      guardedLookup(rules, resolver)(hostname, {}, (error, address) =>
        resolve(error === null ? String(address) : "refused"),
      );
    });
  }
  const table: [hostname: string, addresses: string[], rules: GuardRules, expected: string][] = [
    ["login.example.com", ["93.184.216.34"], strict, "93.184.216.34"],
    ["rebind.example.com", ["169.254.169.254"], strict, "refused"],
    ["rebind.example.com", ["93.184.216.34", "10.0.0.1"], strict, "refused"],
    ["rebind.example.com", ["127.0.0.1"], demo, "refused"],
    ["localhost", ["127.0.0.1"], demo, "127.0.0.1"],
    ["localhost", ["127.0.0.1"], strict, "refused"],
    ["git.corp.example", ["10.1.2.3"], company, "10.1.2.3"],
    ["git.corp.example", ["10.1.2.3"], strict, "refused"],
    ["other.corp.example", ["10.1.2.3"], company, "refused"],
    ["git.corp.example", ["169.254.169.254"], company, "refused"],
    ["empty.example.com", [], strict, "refused"],
  ];
  test.each(table)("%s at %j", async (hostname, addresses, rules, expected) => {
    expect(await resolved(hostname, addresses, rules)).toBe(expected);
  });
});
