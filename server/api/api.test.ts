import { and, eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { type Permission, permissions } from "../contract/people";
import type { Actor } from "../core";
import { database, schema } from "../db";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { appRouter } from "./root";
import { type ApiContext, apiError, createCallerFactory } from "./trpc";

interface Ids {
  project: string;
  environment: string;
  workspace: string;
  person: string;
  role: string;
  rule: string;
  query: string;
  session: string;
  connection: string;
}
interface Rule {
  /** Without it (and everything else allowed) the call is FORBIDDEN. Null: everyone who is signed in. */
  needs: Permission | readonly Permission[] | null;
  input?: (ids: Ids) => unknown;
  /** What the same ids are for someone of another organisation; by default NOT_FOUND. */
  elsewhere?: "NOT_FOUND" | "own answer";
  /** It acts on a person's own workspace, which does not exist for a colleague. */
  personal?: boolean;
}

const place = ({ workspace, environment }: Ids) => ({ workspaceId: workspace, environmentId: environment });
const file = ({ workspace }: Ids) => ({ workspaceId: workspace, path: "models/a.sql" });
const workspace = ({ workspace: workspaceId }: Ids) => ({ workspaceId });
const scratchpad = ({ workspace: workspaceId }: Ids) => ({ workspaceId, name: "x" });
const project = ({ project: projectId }: Ids) => ({ projectId });
const branch = ({ workspace: workspaceId }: Ids) => ({ workspaceId, name: "feature" });
const limits = { maxRows: null, maxBytes: null, maxSeconds: null };
const environmentInput = ({ project: projectId, environment: environmentId }: Ids) => ({
  ...{ projectId, environmentId, name: "dev", adapter: "duckdb", target: "dev", schema: "main" },
  settings: { path: "/nowhere.duckdb" },
});
const ownAnswer = { elsewhere: "own answer" } as const;
const console_: readonly Permission[] = [
  "people.manage",
  "sign-in.manage",
  "policy.manage",
  "session.manage",
  "audit.read",
  "project.manage",
];

/** Every procedure that is not public. A procedure that is missing here fails the first test. */
const rules: Record<string, Rule> = {
  "me.get": { needs: null, ...ownAnswer },
  "me.savePreferences": { needs: null, input: () => ({ preferences: {} }), ...ownAnswer },
  "me.signOut": { needs: null, ...ownAnswer },
  "projects.list": { needs: "project.read", ...ownAnswer },
  "projects.get": { needs: "project.read", input: project },
  "projects.create": {
    needs: "project.manage",
    input: () => ({ name: "x", gitUrl: "https://git.example.com/x.git" }),
    ...ownAnswer,
  },
  "projects.update": { needs: "project.manage", input: project },
  "projects.remove": { needs: "project.manage", input: project },
  "projects.checkRemote": {
    needs: "project.manage",
    input: ({ project: projectId }) => ({ projectId, gitUrl: "http://127.0.0.1:1/orders.git", token: null }),
  },
  "environments.forms": { needs: "project.manage", ...ownAnswer },
  "environments.test": { needs: "project.manage", input: environmentInput },
  "environments.save": { needs: "project.manage", input: environmentInput },
  "environments.remove": { needs: "project.manage", input: ({ environment: environmentId }) => ({ environmentId }) },
  "workspaces.open": { needs: "project.read", input: project },
  "workspaces.clone": { needs: "project.read", input: project },
  "workspaces.remove": { needs: "project.read", input: workspace, personal: true },
  "files.tree": { needs: "project.read", input: workspace, personal: true },
  "files.read": { needs: "project.read", input: file, personal: true },
  "files.texts": { needs: "project.read", input: workspace, personal: true },
  "files.save": {
    needs: "file.write",
    input: (ids) => ({ ...file(ids), text: "", baseVersion: null }),
    personal: true,
  },
  "files.edit": {
    needs: "file.write",
    input: (ids) => ({
      ...workspace(ids),
      files: [{ path: "models/a.sql", version: "", edits: [{ start: 0, end: 0, text: "" }] }],
    }),
    personal: true,
  },
  "files.create": { needs: "file.write", input: (ids) => ({ ...file(ids), kind: "file" }), personal: true },
  "files.rename": { needs: "file.write", input: (ids) => ({ ...file(ids), newPath: "models/b.sql" }), personal: true },
  "files.duplicate": {
    needs: "file.write",
    input: (ids) => ({ ...file(ids), newPath: "models/b.sql" }),
    personal: true,
  },
  "files.remove": { needs: "file.write", input: file, personal: true },
  "search.find": {
    needs: "project.read",
    input: (ids) => ({ ...workspace(ids), query: { text: "select" } }),
    personal: true,
  },
  "scratchpads.list": { needs: "file.write", input: workspace, personal: true },
  "scratchpads.read": { needs: "file.write", input: scratchpad, personal: true },
  "scratchpads.save": {
    needs: "file.write",
    input: (ids) => ({ ...scratchpad(ids), text: "select 1", baseVersion: null }),
    personal: true,
  },
  "scratchpads.rename": { needs: "file.write", input: (ids) => ({ ...scratchpad(ids), newName: "y" }), personal: true },
  "scratchpads.remove": { needs: "file.write", input: scratchpad, personal: true },
  "git.status": { needs: "project.read", input: workspace, personal: true },
  "git.diff": { needs: "project.read", input: file, personal: true },
  "git.commit": {
    needs: "file.write",
    input: (ids) => ({ ...workspace(ids), message: "m", paths: ["models/a.sql"] }),
    personal: true,
  },
  "git.push": { needs: "git.push", input: workspace, personal: true },
  "git.pull": { needs: "file.write", input: workspace, personal: true },
  "git.branches": { needs: "project.read", input: workspace, personal: true },
  "git.createBranch": { needs: "file.write", input: branch, personal: true },
  "git.switchBranch": { needs: "file.write", input: branch, personal: true },
  "git.discard": {
    needs: "file.write",
    input: (ids) => ({ ...workspace(ids), paths: ["models/a.sql"] }),
    personal: true,
  },
  "dbt.open": { needs: "project.read", input: place, personal: true },
  "dbt.overlay": {
    needs: "project.read",
    input: (ids) => ({ ...place(ids), changes: [{ path: "models/a.sql", text: "select 1", version: 1 }] }),
    personal: true,
  },
  "dbt.compile": {
    needs: "project.read",
    input: (ids) => ({ ...place(ids), path: "models/a.sql", version: 1 }),
    personal: true,
  },
  "dbt.lint": {
    needs: "project.read",
    input: (ids) => ({ ...place(ids), path: "models/a.sql", text: null, version: 1 }),
    personal: true,
  },
  "dbt.format": {
    needs: "file.write",
    input: (ids) => ({ ...place(ids), path: "models/a.sql", text: null, version: 1 }),
    personal: true,
  },
  "dbt.index": {
    needs: "project.read",
    input: (ids) => ({ ...place(ids), known: null, part: "names" }),
    personal: true,
  },
  "dbt.leaveLine": { needs: "project.read", input: place, personal: true },
  "dbt.end": { needs: "project.read", input: place, personal: true },
  "lineage.column": {
    needs: "project.read",
    input: (ids) => ({
      ...place(ids),
      uniqueId: "model.shop.a",
      column: "id",
      upstream: true,
      downstream: true,
      limit: 10,
    }),
    personal: true,
  },
  "lineage.columns": {
    needs: "project.read",
    input: (ids) => ({ ...place(ids), uniqueIds: ["model.shop.a"] }),
    personal: true,
  },
  "lineage.select": {
    needs: "project.read",
    input: (ids) => ({ ...place(ids), select: "a+", exclude: "" }),
    personal: true,
  },
  "lineage.diagnostics": {
    needs: "project.read",
    input: (ids) => ({ ...place(ids), files: [{ path: "models/a.sql", text: null, version: 1 }] }),
    personal: true,
  },
  "defer.state": { needs: "project.read", input: place, personal: true },
  "defer.set": { needs: "project.read", input: (ids) => ({ ...place(ids), mode: "on" }), personal: true },
  "defer.removeManifest": {
    needs: "git.push",
    input: ({ environment: environmentId }) => ({ environmentId }),
  },
  "preview.policy": { needs: "project.read", input: place, personal: true },
  "preview.outcome": { needs: null, input: ({ query: queryId }) => ({ queryId }), ...ownAnswer },
  "preview.cancel": { needs: "preview.run", input: ({ query: queryId }) => ({ queryId }), ...ownAnswer },
  "preview.history": { needs: "project.read", input: workspace, personal: true },
  "preview.recordExport": {
    needs: "preview.export",
    input: (ids) => ({ ...place(ids), queryId: ids.query, format: "csv" }),
    personal: true,
  },
  "events.workspace": { needs: "project.read", input: place, personal: true },
  "admin.overview": { needs: console_, ...ownAnswer },
  "admin.policies.list": { needs: "policy.manage", ...ownAnswer },
  "admin.policies.targets": { needs: "policy.manage", ...ownAnswer },
  "admin.policies.set": {
    needs: "policy.manage",
    input: ({ project: scopeId }) => ({ scope: "project", scopeId, preview: false, export: false, ...limits }),
  },
  "admin.policies.remove": { needs: "policy.manage", input: ({ rule: id }) => ({ id }) },
  "admin.people.list": { needs: "people.manage", ...ownAnswer },
  "admin.people.setRole": { needs: "people.manage", input: ({ person: userId, role: roleId }) => ({ userId, roleId }) },
  "admin.people.setActive": { needs: "people.manage", input: ({ person: userId }) => ({ userId, active: false }) },
  "admin.roles.list": { needs: ["people.manage", "policy.manage", "sign-in.manage"], ...ownAnswer },
  "admin.roles.save": { needs: "people.manage", input: ({ role: roleId }) => ({ roleId, name: "x", permissions: [] }) },
  "admin.roles.remove": { needs: "people.manage", input: ({ role: roleId }) => ({ roleId }) },
  "admin.signIn.get": { needs: "sign-in.manage", ...ownAnswer },
  "admin.signIn.save": {
    needs: "sign-in.manage",
    input: ({ connection: connectionId }) => ({
      ...{ connectionId, name: "x", issuer: "https://id.example.com", clientId: "x", clientSecret: "x" },
      defaultRoleId: null,
    }),
  },
  "admin.signIn.test": { needs: "sign-in.manage", input: ({ connection: connectionId }) => ({ connectionId }) },
  "admin.signIn.switch": {
    needs: "sign-in.manage",
    input: ({ connection: connectionId }) => ({ connectionId, enabled: false }),
  },
  "admin.signIn.remove": { needs: "sign-in.manage", input: ({ connection: connectionId }) => ({ connectionId }) },
  "admin.signIn.addDomain": { needs: "sign-in.manage", input: () => ({ domain: "nowhere.invalid" }), ...ownAnswer },
  "admin.signIn.removeDomain": { needs: "sign-in.manage", input: () => ({ domain: "river.example" }) },
  "admin.sessions.list": { needs: "session.manage", ...ownAnswer },
  "admin.sessions.limits": { needs: "session.manage", ...ownAnswer },
  "admin.sessions.setLimits": { needs: "session.manage", input: () => ({ idleMinutes: 30 }), ...ownAnswer },
  "admin.sessions.end": { needs: "session.manage", input: ({ session: id }) => ({ id }) },
  "admin.engines.list": { needs: "project.manage", ...ownAnswer },
  "admin.engines.add": { needs: "project.manage", input: () => ({ package: "dbt-unheard-of" }), ...ownAnswer },
  "admin.engines.remove": { needs: "project.manage", input: () => ({ name: "unheard-of" }) },
  "admin.audit.list": { needs: "audit.read", input: () => ({}), ...ownAnswer },
};
const publicProcedures = ["signIn.lookup", "demo.people"];

let ids: Ids;
let admin: Actor;
let developer: Actor;
let neighbour: Actor;

useTestDatabase(async () => {
  const seeded = await seedTestOrganisations();
  admin = await actorOf("admin@river.example");
  developer = await actorOf("developer@river.example");
  neighbour = await actorOf("admin@hill.example");
  const projectId = seeded.projects["river/orders"] ?? "";
  const { environments, policyRules, roles, workspaces } = schema;
  const own = { organisationId: admin.organisationId, projectId };
  const [environment] = await database()
    .select({ id: environments.id })
    .from(environments)
    .where(and(eq(environments.projectId, projectId), eq(environments.name, "dev")));
  const [workspaceRow] = await database()
    .insert(workspaces)
    .values({ ...own, userId: developer.userId, state: "ready", branch: "main" })
    .returning();
  const [rule] = await database()
    .insert(policyRules)
    .values({
      organisationId: admin.organisationId,
      scope: "organisation",
      scopeId: admin.organisationId,
      preview: true,
      export: true,
    })
    .returning();
  const [role] = await database()
    .insert(roles)
    .values({ organisationId: admin.organisationId, name: "own", permissions: [] })
    .returning();
  ids = {
    project: projectId,
    environment: environment?.id ?? "",
    workspace: workspaceRow?.id ?? "",
    person: developer.userId,
    role: role?.id ?? "",
    rule: rule?.id ?? "",
    query: crypto.randomUUID(),
    session: crypto.randomUUID(),
    connection: seeded.connections.river ?? "",
  };
});

function context(actor: Actor | null): ApiContext {
  return { requestId: "test", actor, address: "127.0.0.1", responseHeaders: new Headers() };
}

/** Calls a procedure; returns the code it is refused with, or "answered". Of a subscription the first event counts. */
async function outcome(path: string, actor: Actor | null): Promise<string> {
  const caller = createCallerFactory(appRouter)(context(actor)) as unknown as Record<string, unknown>;
  const procedure = path.split(".").reduce<unknown>((found, part) => (found as Record<string, unknown>)[part], caller);
  try {
    const answer = await (procedure as (input: unknown) => Promise<unknown>)(rules[path]?.input?.(ids));
    if (typeof answer !== "object" || answer === null || !(Symbol.asyncIterator in answer)) return "answered";
    const events = (answer as AsyncIterable<{ type: string; error?: { code: string } }>)[Symbol.asyncIterator]();
    const first = await events.next();
    await events.return?.();
    return first.value?.type === "failed" ? (first.value.error?.code ?? "failed") : "answered";
  } catch (error) {
    return apiError(error).code;
  }
}

const paths = Object.keys(rules);

test("the table names every procedure of the API", () => {
  const all = Object.keys((appRouter as unknown as { _def: { procedures: object } })._def.procedures);
  expect([...paths, ...publicProcedures].sort()).toEqual(all.sort());
});

test.each(paths)("%s: not without signing in", async (path) => {
  expect(await outcome(path, null)).toBe("UNAUTHENTICATED");
});

describe("not with a role that does not allow it", () => {
  const guarded = paths.filter((path) => rules[path]?.needs !== null);
  test.each(guarded)("%s", async (path) => {
    const needs = rules[path]?.needs ?? [];
    const lacking = new Set<Permission>(
      permissions.filter((permission) => permission !== needs && !needs.includes(permission)),
    );
    const owner = rules[path]?.personal === true ? developer : admin;
    expect(await outcome(path, { ...owner, permissions: lacking })).toBe("FORBIDDEN");
  });
});

describe("not from another organisation, whatever the role there", () => {
  test.each(paths.filter((path) => rules[path]?.elsewhere !== "own answer"))("%s", async (path) => {
    expect(await outcome(path, neighbour)).toBe("NOT_FOUND");
  });
});

describe("not in a colleague's workspace, also as administrator", () => {
  test.each(paths.filter((path) => rules[path]?.personal === true))("%s", async (path) => {
    expect(await outcome(path, admin)).toBe("NOT_FOUND");
  });
});

test("what the page asks by itself is no sign of its person; everything else about a workspace is", () => {
  const { procedures } = (appRouter as unknown as { _def: { procedures: Record<string, { _def: { meta?: object } }> } })
    ._def;
  const byItself = Object.keys(procedures).filter((path) => procedures[path]?._def.meta !== undefined);
  expect(byItself.sort()).toEqual(["dbt.index", "defer.state", "events.workspace", "git.status", "preview.policy"]);
});

test("what another organisation lists is its own", async () => {
  const caller = createCallerFactory(appRouter)(context(neighbour));
  const [projects, people, trail, me, overview] = await Promise.all([
    caller.projects.list(),
    caller.admin.people.list(),
    caller.admin.audit.list({}),
    caller.me.get(),
    caller.admin.overview(),
  ]);
  expect(projects.map(({ name }) => name)).toEqual(["Orders of Hill"]);
  expect(people.every(({ email }) => email.endsWith("@hill.example"))).toBe(true);
  expect(trail.events).toEqual([]);
  expect(me.organisation.name).toBe("Hill Co");
  expect({ people: overview.people, projects: overview.projects, rules: overview.rules }).toEqual({
    people: 4,
    projects: 1,
    rules: 0,
  });
});

describe("before signing in", () => {
  const caller = () => createCallerFactory(appRouter)(context(null));
  test.each(["river", "RIVER foods", "someone@river.example", "river.example"])(
    "%s finds the organisation's sign-in",
    async (query) => {
      const found = await caller().signIn.lookup({ query });
      expect(found).toEqual({
        organisation: { slug: "river", name: "River Foods" },
        connections: [{ id: expect.any(String), name: "River sign-in", kind: "oidc" }],
      });
    },
  );
  test.each(["riv", "%", "admin@elsewhere.example", "river' or 1=1"])("%s finds nothing", async (query) => {
    expect(await caller().signIn.lookup({ query })).toEqual({ organisation: null, connections: [] });
  });
  test("too many look-ups from one address are refused, others are not", async () => {
    const from = (address: string) =>
      createCallerFactory(appRouter)({ ...context(null), address }).signIn.lookup({ query: "x" });
    const codes: string[] = [];
    for (let count = 0; count < 70; count += 1)
      codes.push(
        await from("203.0.113.9").then(
          () => "answered",
          (error: unknown) => apiError(error).code,
        ),
      );
    expect(codes.filter((code) => code === "answered")).toHaveLength(60);
    expect(codes.at(-1)).toBe("LIMIT_REACHED");
    await expect(from("203.0.113.10")).resolves.toEqual({ organisation: null, connections: [] });
  });
  test("the demo's people are offered with their role, and nothing secret", async () => {
    const people = await caller().demo.people();
    expect(people[0]).toEqual({
      name: "admin of river.example",
      email: "admin@river.example",
      role: "admin",
      organisation: "River Foods",
      connectionId: expect.any(String),
    });
  });
});
