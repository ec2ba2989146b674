import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { encode } from "next-auth/jwt";
import { beforeAll, describe, expect, test } from "vitest";
import { errorBodySchema } from "../contract/errors";
import { type Actor, config, hashToken } from "../core";
import { database, schema } from "../db";
import { removePolicyRule, setPolicyRule } from "../policy";
import { useDbtWorld } from "../testing/dbt-world";
import { readRows } from "../testing/rows";
import { handlePreview } from "./preview-stream";

const world = useDbtWorld();

describe("POST /api/preview", () => {
  const cookies = new Map<string, string>();
  let place: { workspaceId: string; environmentId: string };

  beforeAll(async () => {
    for (const actor of [world.developer, world.reader, world.stranger])
      cookies.set(actor.userId, await cookieOf(actor));
    place = { workspaceId: (await world.workspaceOf(world.developer)).id, environmentId: world.duckdb };
  });

  async function cookieOf(actor: Actor): Promise<string> {
    const sid = randomUUID();
    const { signInSessions } = schema;
    await database()
      .update(signInSessions)
      .set({ sidHash: hashToken(sid) })
      .where(eq(signInSessions.id, actor.signInSessionId));
    return `millrace.session=${await encode({ token: { sid }, secret: config().authSecret })}`;
  }

  const post = (actor: Actor | null, body: unknown, headers: Record<string, string> = {}) =>
    handlePreview(
      new Request("http://localhost:3000/api/preview", {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { ...(actor ? { cookie: cookies.get(actor.userId) ?? "" } : {}), ...headers },
      }),
    );
  const wanted = (values: Record<string, unknown> = {}) => ({
    ...place,
    path: null,
    sql: "select 7 as seven",
    rows: 10,
    queryId: randomUUID(),
    ...values,
  });
  const refusal = async (response: Response) => {
    expect(response.headers.get("cache-control")).toBe("no-store");
    const body = errorBodySchema.parse(await response.json());
    expect([body.reference, response.headers.get("x-request-id")]).toEqual([null, expect.any(String)]);
    return { status: response.status, code: body.code };
  };

  test("streams rows that nobody may keep", async () => {
    const response = await post(world.developer, wanted());
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/vnd.millrace.rows");
    expect(response.headers.get("cache-control")).toBe("no-store");
    if (response.body === null) throw new Error("There is no body.");
    expect((await readRows(response.body)).rows).toEqual([{ seven: 7 }]);
  });

  test("refuses whoever may not, before a byte of the stream", async () => {
    expect(await refusal(await post(null, wanted()))).toEqual({ status: 401, code: "UNAUTHENTICATED" });
    expect(await refusal(await post(world.stranger, wanted()))).toEqual({ status: 404, code: "NOT_FOUND" });
    const { id: workspaceId } = await world.workspaceOf(world.reader);
    expect(await refusal(await post(world.reader, wanted({ workspaceId })))).toEqual({
      status: 403,
      code: "FORBIDDEN",
    });
    const foreign = { origin: "https://elsewhere.example" };
    expect(await refusal(await post(world.developer, wanted(), foreign))).toEqual({ status: 403, code: "FORBIDDEN" });
    const scope = {
      scope: "environment" as const,
      scopeId: world.duckdb,
      maxRows: null,
      maxBytes: null,
      maxSeconds: null,
      reason: "",
    };
    const { id } = await setPolicyRule(world.admin, { ...scope, preview: false, export: false });
    try {
      expect(await refusal(await post(world.developer, wanted()))).toEqual({ status: 403, code: "POLICY_OFF" });
    } finally {
      await removePolicyRule(world.admin, { id });
    }
  });

  test("refuses what is no request", async () => {
    const invalid = { status: 400, code: "INVALID_INPUT" };
    expect(await refusal(await post(world.developer, "{"))).toEqual(invalid);
    expect(await refusal(await post(world.developer, wanted({ rows: 0 })))).toEqual(invalid);
    expect(await refusal(await post(world.developer, wanted({ sql: null })))).toEqual(invalid);
    expect(await refusal(await post(world.developer, wanted({ path: "../secrets" })))).toEqual(invalid);
    expect(await refusal(await post(world.developer, wanted({ queryId: "1" })))).toEqual(invalid);
    expect(await refusal(await post(world.developer, wanted({ sql: "x".repeat(33 * 1024 * 1024) })))).toEqual(invalid);
  });
});
