import { and, eq } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { listAudit } from "../audit";
import { auditFilterInput } from "../contract/admin";
import type { PolicyRule } from "../contract/policy";
import { type Actor, events } from "../core";
import { database, type Seeded, schema } from "../db";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { effectivePolicy, listPolicyRules, policyTargets, removePolicyRule, setPolicyRule } from "./index";

let seeded: Seeded;
let admin: Actor;
let developer: Actor;
let projectId: string;
const environments = new Map<string, string>();

useTestDatabase(async () => {
  seeded = await seedTestOrganisations();
  admin = await actorOf("admin@river.example");
  developer = await actorOf("developer@river.example");
  projectId = seeded.projects["river/orders"] ?? "";
  const rows = await database().select().from(schema.environments).where(eq(schema.environments.projectId, projectId));
  for (const row of rows) environments.set(row.name, row.id);
});
afterEach(async () => {
  for (const rule of await listPolicyRules(admin)) await removePolicyRule(admin, rule);
});

function rule(scope: PolicyRule["scope"], scopeId: string, changes: Partial<PolicyRule> = {}): PolicyRule {
  return {
    scope,
    scopeId,
    preview: true,
    export: true,
    maxRows: null,
    maxBytes: null,
    maxSeconds: null,
    reason: "",
    ...changes,
  };
}
const place = (name: string) => ({ projectId, environmentId: environments.get(name) ?? "" });

test("a rule counts where it applies, from the moment it is set until it is removed", async () => {
  const warehouse = environments.get("warehouse") ?? "";
  const stored = await setPolicyRule(admin, rule("environment", warehouse, { preview: false, reason: "month end" }));
  expect(stored).toMatchObject({ scopeName: "Orders / warehouse", updatedBy: "admin of river.example" });
  const off = await effectivePolicy(developer, place("warehouse"));
  expect(off.previewOffBy).toEqual({
    ...{ scope: "environment", scopeName: "Orders / warehouse", by: "admin of river.example" },
    ...{ at: stored.updatedAt, reason: "month end" },
  });
  expect((await effectivePolicy(developer, place("dev"))).preview).toBe(true);
  await removePolicyRule(admin, stored);
  expect((await effectivePolicy(developer, place("warehouse"))).preview).toBe(true);
});

test("a role's rule counts for people of that role, an organisation's for everyone of it and nobody else", async () => {
  await setPolicyRule(admin, rule("role", developer.roleId, { export: false, maxRows: 10 }));
  expect(await effectivePolicy(developer, place("dev"))).toMatchObject({
    preview: true,
    export: false,
    limits: { rows: 10 },
  });
  expect((await effectivePolicy(admin, place("dev"))).export).toBe(true);
  await setPolicyRule(admin, rule("organisation", admin.organisationId, { preview: false }));
  expect((await effectivePolicy(admin, place("dev"))).preview).toBe(false);
  const neighbour = await actorOf("developer@hill.example");
  expect((await effectivePolicy(neighbour, { projectId: null, environmentId: null })).preview).toBe(true);
});

test("each scope has one rule; a change keeps before and after, and every listener hears of it", async () => {
  const heard: string[] = [];
  const stop = events.on("policyChanged", ({ organisationId }) => heard.push(organisationId));
  const first = await setPolicyRule(admin, rule("project", projectId, { maxRows: 100 }));
  const second = await setPolicyRule(admin, rule("project", projectId, { preview: false, reason: "audit" }));
  await removePolicyRule(admin, second);
  stop();
  expect(second.id).toBe(first.id);
  expect(heard).toEqual([admin.organisationId, admin.organisationId, admin.organisationId]);
  const { events: trail } = await listAudit(admin, auditFilterInput.parse({ text: "project Orders", limit: 3 }));
  const [one, two] = [
    { preview: true, export: true, maxRows: 100, maxBytes: null, maxSeconds: null, reason: "" },
    { preview: false, export: true, maxRows: null, maxBytes: null, maxSeconds: null, reason: "audit" },
  ];
  const scope = { scope: "project", scopeId: projectId };
  expect(trail.map(({ action, details }) => ({ action, details }))).toEqual([
    { action: "policy.removed", details: { ...scope, before: two, after: null } },
    { action: "policy.changed", details: { ...scope, before: one, after: two } },
    { action: "policy.changed", details: { ...scope, before: null, after: one } },
  ]);
});

test("rules and places of another organisation do not exist", async () => {
  const missing = { code: "NOT_FOUND" };
  const hill = seeded.organisations.hill ?? "";
  const hillProject = seeded.projects["hill/orders"] ?? "";
  await expect(setPolicyRule(admin, rule("organisation", hill, { preview: false }))).rejects.toMatchObject(missing);
  await expect(setPolicyRule(admin, rule("project", hillProject))).rejects.toMatchObject(missing);
  await expect(setPolicyRule(admin, rule("environment", projectId))).rejects.toMatchObject(missing);
  await expect(effectivePolicy(admin, { projectId: hillProject, environmentId: null })).rejects.toMatchObject(missing);
  await expect(
    effectivePolicy(admin, { projectId: hillProject, environmentId: environments.get("dev") ?? "" }),
  ).rejects.toMatchObject(missing);
  await expect(effectivePolicy(admin, { projectId: "none", environmentId: null })).rejects.toMatchObject(missing);
});

test("the rule of a project that is gone is not listed, and what a rule can apply to is", async () => {
  expect((await policyTargets(admin)).map(({ scope, name }) => `${scope} ${name}`).sort()).toEqual([
    ...["environment Orders / dev", "environment Orders / warehouse", "organisation River Foods", "project Orders"],
    ...["role admin", "role analyst", "role developer", "role reader"],
  ]);
  const { projects } = schema;
  const [extra] = await database()
    .insert(projects)
    .values({
      organisationId: admin.organisationId,
      slug: "extra",
      name: "Extra",
      gitUrl: "https://x.example/x.git",
      defaultBranch: "main",
    })
    .returning();
  await setPolicyRule(admin, rule("project", extra?.id ?? ""));
  await database()
    .delete(projects)
    .where(and(eq(projects.id, extra?.id ?? ""), eq(projects.organisationId, admin.organisationId)));
  expect(await listPolicyRules(admin)).toEqual([]);
});
