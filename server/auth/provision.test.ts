import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { database, schema } from "../db";
import { seedTestOrganisations, useTestDatabase } from "../testing";
import type { ProviderIdentity } from "./code-exchange";
import type { SignInConnection } from "./connections";
import { signInPerson } from "./provision";
import { clientAddress, RateLimit } from "./rate-limit";

const tenant = "11111111-2222-3333-4444-555555555555";
const entra = `https://login.microsoftonline.com/${tenant}/v2.0`;
const google = "https://accounts.google.com";
let base: SignInConnection;

useTestDatabase(async () => {
  const seeded = await seedTestOrganisations();
  const [id = "", organisationId = ""] = [seeded.connections.river, seeded.organisations.river];
  base = {
    id,
    organisationId,
    name: "x",
    issuer: google,
    clientId: "c",
    clientSecret: "s",
    scopes: "openid",
    defaultRoleId: null,
  };
});

function identity(changes: Partial<ProviderIdentity>): ProviderIdentity {
  const nobody = { hostedDomain: null, tenantId: null, directoryId: null, providerSession: null, name: null };
  return {
    ...nobody,
    issuer: google,
    subject: crypto.randomUUID(),
    email: "someone@river.example",
    emailVerified: true,
    nonce: "n",
    ...changes,
  };
}

async function outcome(issuer: string, changes: Partial<ProviderIdentity>): Promise<string> {
  try {
    await signInPerson({ ...base, issuer }, identity({ issuer, ...changes }));
    return "member";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("providers that serve many companies under one issuer", () => {
  test.each<[string, Partial<ProviderIdentity>, string]>([
    ["Workspace account of the verified domain", { hostedDomain: "river.example" }, "member"],
    ["private account with an address of the domain", {}, "not-invited"],
    ["account of another Workspace", { hostedDomain: "hill.example" }, "not-invited"],
    ["address that Google has not verified", { hostedDomain: "river.example", emailVerified: null }, "not-invited"],
  ])("Google, %s", async (_name, changes, expected) => {
    expect(await outcome(google, changes)).toBe(expected);
  });

  test.each<[string, Partial<ProviderIdentity>, string]>([
    ["the connection's tenant", { tenantId: tenant, emailVerified: null }, "member"],
    ["another tenant", { tenantId: "99999999-2222-3333-4444-555555555555" }, "invalid-answer"],
    ["no tenant", {}, "invalid-answer"],
  ])("Entra, %s", async (_name, changes, expected) => {
    expect(await outcome(entra, changes)).toBe(expected);
  });
});

test("two first sign-ins at once make one person; the directory's id is kept", async () => {
  const subject = "twice";
  const same = identity({ issuer: entra, subject, tenantId: tenant, directoryId: "oid-1" });
  const people = await Promise.all([1, 2, 3].map(() => signInPerson({ ...base, issuer: entra }, same)));
  expect(new Set(people.map(({ userId }) => userId)).size).toBe(1);
  const rows = await database().select().from(schema.users).where(eq(schema.users.subject, subject));
  expect(rows.map(({ directoryId }) => directoryId)).toEqual(["oid-1"]);
});

test("a known person whose membership was taken away is not let in again by signing in", async () => {
  const person = identity({ hostedDomain: "river.example" });
  const { userId } = await signInPerson(base, person);
  await database().delete(schema.memberships).where(eq(schema.memberships.userId, userId));
  await expect(signInPerson(base, person)).rejects.toMatchObject({ code: "not-invited" });
});

test("a rate limit counts each key and all of them, and begins anew", () => {
  const limit = new RateLimit({ limit: 2, total: 3, milliseconds: 1000 });
  const calls: [key: string, now: number][] = [
    ["a", 0],
    ["a", 1],
    ["a", 2],
    ["b", 3],
    ["a", 1000],
  ];
  expect(calls.map(([key, now]) => limit.allows(key, 10_000 + now))).toEqual([true, true, false, false, true]);
});

test("the caller's address is what the last trusted proxy wrote", () => {
  expect(clientAddress(new Headers({ "x-forwarded-for": "6.6.6.6, 203.0.113.9" }))).toBe("203.0.113.9");
  expect(clientAddress(new Headers())).toBe("");
});
