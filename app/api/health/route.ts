import { health } from "@/server/admin";

export const dynamic = "force-dynamic";

/** 200 when Millrace can serve people, 503 when the database or the runner is away. Nothing in it is secret. */
export async function GET(): Promise<Response> {
  const state = await health();
  return Response.json(state, { status: state.ok ? 200 : 503, headers: { "cache-control": "no-store" } });
}
