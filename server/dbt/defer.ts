import type { DeferMode, DeferResult, DeferState } from "../contract/defer";
import { type Actor, requirePermission } from "../core";
import { manifestFile, productionManifest } from "../production";
import { onRunner, type PlaceInput, requestTimeouts, sessionFor } from "../sessions";

/** How the actor's session of a place defers, and to what it could. @throws FORBIDDEN, NOT_FOUND */
export async function deferState(actor: Actor, place: PlaceInput): Promise<DeferState> {
  requirePermission(actor, "project.read");
  const session = await sessionFor(actor, place);
  return { mode: session.deferMode, manifest: await productionManifest(actor, place.environmentId) };
}

/**
 * From now on the actor's session of a place compiles and previews against production, or no longer.
 * @throws FORBIDDEN, NOT_FOUND (also when no manifest is kept), INVALID_INPUT when dbt cannot defer to it, WORKER_LOST
 */
export async function setDefer(actor: Actor, place: PlaceInput, mode: DeferMode): Promise<DeferResult> {
  requirePermission(actor, "project.read");
  const session = await sessionFor(actor, place);
  const manifest = mode === "off" ? null : onRunner(await manifestFile(actor, place.environmentId));
  return session.defer({ mode, manifest }, requestTimeouts.defer);
}
