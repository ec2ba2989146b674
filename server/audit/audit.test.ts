import { eq, sql } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { auditFilterInput } from "../contract/admin";
import type { Actor } from "../core";
import { database, schema } from "../db";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { audit, auditCsv, listAudit } from "./index";

useTestDatabase();
let admin: Actor;
let neighbour: Actor;

beforeAll(async () => {
  await seedTestOrganisations();
  admin = await actorOf("admin@river.example");
  neighbour = await actorOf("admin@hill.example");
  for (const subject of ["first", "second", 'a "quoted", thing', "=1+1", "fifth"])
    await audit(admin, "preview.run", subject, { rows: 3 });
  await audit(neighbour, "sign-out", "someone else");
});

const filter = (changes: object = {}) => auditFilterInput.parse(changes);

async function refusal(statement: Promise<unknown>): Promise<string> {
  try {
    await statement;
    return "accepted";
  } catch (error) {
    const cause = (error as Error).cause as Error;
    return cause.message;
  }
}

test("the database refuses to change, delete or truncate what was written, also to its owner", async () => {
  const { auditEvents } = schema;
  const refused = "The audit trail is append-only.";
  expect(await refusal(database().update(auditEvents).set({ subject: "changed" }))).toBe(refused);
  expect(
    await refusal(database().delete(auditEvents).where(eq(auditEvents.organisationId, admin.organisationId))),
  ).toBe(refused);
  expect(await refusal(database().execute(sql`truncate audit_events`))).toBe(refused);
  expect((await listAudit(admin, filter())).events).toHaveLength(5);
});

test("pages follow each other, newest first, and hold only the own organisation's events", async () => {
  const first = await listAudit(admin, filter({ limit: 2 }));
  const second = await listAudit(admin, filter({ limit: 2, cursor: first.nextCursor }));
  const third = await listAudit(admin, filter({ limit: 2, cursor: second.nextCursor }));
  const subjects = [first, second, third].map((page) => page.events.map((event) => event.subject));
  expect(subjects).toEqual([["fifth", "=1+1"], ['a "quoted", thing', "second"], ["first"]]);
  expect(third.nextCursor).toBeNull();
});

test("filters by action, person, text and time; a text is no pattern", async () => {
  const subjects = async (changes: object) =>
    (await listAudit(admin, filter(changes))).events.map((event) => event.subject);
  expect(await subjects({ text: "SECOND" })).toEqual(["second"]);
  expect(await subjects({ text: "%" })).toEqual([]);
  expect(await subjects({ action: "sign-out" })).toEqual([]);
  expect(await subjects({ actorId: admin.userId, text: "first" })).toEqual(["first"]);
  expect(await subjects({ from: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
});

test("the export quotes, and a spreadsheet runs no formula of it", async () => {
  let text = "";
  for await (const part of auditCsv(admin, filter())) text += part;
  const lines = text.split("\r\n");
  expect(lines).toHaveLength(7);
  expect(lines.find((line) => line.includes("quoted"))).toContain('"a ""quoted"", thing"');
  expect(lines.find((line) => line.includes("1+1"))).toContain(",'=1+1,");
});

test("only who may read it reads it", async () => {
  const developer = await actorOf("developer@river.example");
  await expect(listAudit(developer, filter())).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(auditCsv(developer, filter()).next()).rejects.toMatchObject({ code: "FORBIDDEN" });
});
