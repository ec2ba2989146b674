import { eq } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listAudit } from "../audit";
import { auditFilterInput } from "../contract/admin";
import { type Actor, type EventMap, events } from "../core";
import { database, schema } from "../db";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { describeMe, listPeople, listRoles, removeRole, savePreferences, saveRole, setActive, setRole } from "./index";

useTestDatabase();
let admin: Actor;
let neighbour: Actor;

beforeAll(async () => {
  await seedTestOrganisations();
});
beforeEach(async () => {
  admin = await actorOf("admin@river.example");
  neighbour = await actorOf("admin@hill.example");
});

async function roleId(actor: Actor, name: string): Promise<string> {
  const role = (await listRoles(actor)).find((candidate) => candidate.name === name);
  if (role === undefined) throw new Error(`There is no role ${name}.`);
  return role.id;
}
const roleOf = async (userId: string) => (await listPeople(admin)).find((person) => person.userId === userId)?.roleName;

test("people are those of the own organisation", async () => {
  const people = await listPeople(admin);
  expect(people.map(({ email, roleName, active }) => ({ email, roleName, active }))).toEqual(
    ["admin", "analyst", "developer", "reader"].map((role) => ({
      email: `${role}@river.example`,
      roleName: role,
      active: true,
    })),
  );
});

describe("the last administrator", () => {
  test("cannot be given another role, nor deactivated, and can once there is another", async () => {
    const developer = await actorOf("developer@river.example");
    const [asAdmin, asReader, asDeveloper] = [
      await roleId(admin, "admin"),
      await roleId(admin, "reader"),
      developer.roleId,
    ];
    const demoted = setRole(admin, { userId: admin.userId, roleId: asReader });
    await expect(demoted).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("last active administrator"),
    });
    await setRole(admin, { userId: developer.userId, roleId: asAdmin });
    const second = await actorOf("developer@river.example");
    await setActive(second, { userId: admin.userId, active: false });
    const last = setRole(second, { userId: second.userId, roleId: asReader });
    await expect(last).rejects.toMatchObject({ code: "CONFLICT" });
    await setActive(second, { userId: admin.userId, active: true });
    await setRole(admin, { userId: developer.userId, roleId: asDeveloper });
    expect(await roleOf(developer.userId)).toBe("developer");
  });

  test("two administrators who demote each other at once leave one", async () => {
    const developer = await actorOf("developer@river.example");
    const [asAdmin, asReader] = [await roleId(admin, "admin"), await roleId(admin, "reader")];
    await setRole(admin, { userId: developer.userId, roleId: asAdmin });
    const second = await actorOf("developer@river.example");
    const outcomes = await Promise.allSettled([
      setRole(admin, { userId: second.userId, roleId: asReader }),
      setRole(second, { userId: admin.userId, roleId: asReader }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const admins = (await listPeople(admin)).filter((person) => person.roleName === "admin");
    expect(admins).toHaveLength(1);
    const remaining = await actorOf(admins[0]?.email ?? "");
    await setRole(remaining, { userId: admin.userId, roleId: asAdmin });
    await setRole(await actorOf("admin@river.example"), { userId: second.userId, roleId: developer.roleId });
  });
});

test("deactivating ends every sign-in of the person at once and tells the other parts", async () => {
  const analyst = await actorOf("analyst@river.example");
  const heard: EventMap["signInSessionEnded"][] = [];
  const stop = events.on("signInSessionEnded", (event) => heard.push(event));
  await setActive(admin, { userId: analyst.userId, active: false });
  stop();
  const sessions = await database()
    .select()
    .from(schema.signInSessions)
    .where(eq(schema.signInSessions.userId, analyst.userId));
  expect(sessions.every((session) => session.revokedReason === "deactivated")).toBe(true);
  expect(heard).toContainEqual({
    signInSessionId: analyst.signInSessionId,
    userId: analyst.userId,
    organisationId: analyst.organisationId,
    message: "An administrator has deactivated your account.",
  });
  await setActive(admin, { userId: analyst.userId, active: true });
});

describe("roles of the organisation's own", () => {
  test("are made, changed, given, refused to be removed while in use, removed, and each is in the trail", async () => {
    const reader = await actorOf("reader@river.example");
    const made = await saveRole(admin, { roleId: null, name: "auditor", permissions: ["project.read", "audit.read"] });
    const changed = await saveRole(admin, { roleId: made.id, name: "auditor", permissions: ["audit.read"] });
    expect(changed).toEqual({ id: made.id, name: "auditor", builtIn: false, permissions: ["audit.read"] });
    await setRole(admin, { userId: reader.userId, roleId: made.id });
    await expect(removeRole(admin, { roleId: made.id })).rejects.toMatchObject({ code: "CONFLICT" });
    await setRole(admin, { userId: reader.userId, roleId: reader.roleId });
    await removeRole(admin, { roleId: made.id });
    const { events: trail } = await listAudit(admin, auditFilterInput.parse({ text: "auditor" }));
    expect(trail.map(({ action, details }) => ({ action, details }))).toEqual([
      { action: "role.removed", details: { before: { name: "auditor", permissions: ["audit.read"] } } },
      {
        action: "role.saved",
        details: {
          before: { name: "auditor", permissions: ["project.read", "audit.read"] },
          after: { name: "auditor", permissions: ["audit.read"] },
        },
      },
      {
        action: "role.saved",
        details: { before: null, after: { name: "auditor", permissions: ["project.read", "audit.read"] } },
      },
    ]);
  });

  test("a built-in role stays as it is, and names are taken once", async () => {
    const builtIn = await roleId(admin, "reader");
    await expect(saveRole(admin, { roleId: builtIn, name: "reader", permissions: [] })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(removeRole(admin, { roleId: builtIn })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(saveRole(admin, { roleId: null, name: "reader", permissions: [] })).rejects.toMatchObject({
      code: "CONFLICT",
    });
  });

  test("managing people is no way to become an administrator", async () => {
    const reader = await actorOf("reader@river.example");
    const manager = await saveRole(admin, {
      roleId: null,
      name: "people manager",
      permissions: ["people.manage", "project.read"],
    });
    await setRole(admin, { userId: reader.userId, roleId: manager.id });
    const climber = await actorOf("reader@river.example");
    const asAdmin = await roleId(admin, "admin");
    await expect(setRole(climber, { userId: climber.userId, roleId: asAdmin })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(setActive(climber, { userId: admin.userId, active: false })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    const wider = saveRole(climber, {
      roleId: manager.id,
      name: "people manager",
      permissions: ["people.manage", "audit.read"],
    });
    await expect(wider).rejects.toMatchObject({ code: "FORBIDDEN" });
    await setRole(admin, { userId: reader.userId, roleId: reader.roleId });
    await removeRole(admin, { roleId: manager.id });
  });
});

test("another organisation's people and roles do not exist", async () => {
  const stranger = await actorOf("reader@hill.example");
  const missing = { code: "NOT_FOUND" };
  await expect(setRole(admin, { userId: stranger.userId, roleId: admin.roleId })).rejects.toMatchObject(missing);
  await expect(setRole(admin, { userId: admin.userId, roleId: neighbour.roleId })).rejects.toMatchObject(missing);
  await expect(setActive(admin, { userId: stranger.userId, active: false })).rejects.toMatchObject(missing);
  await expect(saveRole(admin, { roleId: neighbour.roleId, name: "x", permissions: [] })).rejects.toMatchObject(
    missing,
  );
  await expect(removeRole(admin, { roleId: "no id" })).rejects.toMatchObject(missing);
});

test("preferences are merged by name, null removes one, and they stay small", async () => {
  await savePreferences(admin, { preferences: { theme: "dark", autosave: true } });
  await savePreferences(admin, { preferences: { theme: null, fontSize: 13 } });
  expect((await describeMe(admin)).preferences).toEqual({ autosave: true, fontSize: 13 });
  const large = savePreferences(admin, { preferences: { text: "x".repeat(70_000) } });
  await expect(large).rejects.toMatchObject({ code: "INVALID_INPUT" });
});
