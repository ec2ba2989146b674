import type { z } from "zod";
import type {
  CompileResult,
  compileInput,
  IndexParts,
  IndexWanted,
  OverlayChange,
  SessionStatus,
} from "../contract/dbt";
import { type Actor, AppError, requirePermission } from "../core";
import { effectivePolicy } from "../policy";
import {
  type LiveSession,
  type PlaceInput,
  previewRefusal,
  requestTimeouts,
  sessionFor,
  sessionService,
} from "../sessions";

export type CompileInput = z.infer<typeof compileInput>;

/** Opens the actor's dbt session (again, when an administrator ended it). Returns at once; events tell how it goes on. */
export async function openSession(actor: Actor, place: PlaceInput): Promise<SessionStatus> {
  requirePermission(actor, "project.read");
  const session = await sessionFor(actor, place);
  session.start(true);
  return session.status;
}

/** Ends the actor's own session and its previews; the next request starts a fresh one. */
export async function endOwnSession(actor: Actor, place: PlaceInput): Promise<void> {
  requirePermission(actor, "project.read");
  const session = await sessionFor(actor, place);
  const reason = new AppError("WORKER_LOST", "You ended this dbt session.", {
    hint: "It starts again with your next edit.",
  });
  sessionService().registry.endWhere((other) => other === session, "revive", reason);
}

/** Tells dbt about unsaved text. `pending`: the graph follows in a moment. @throws FORBIDDEN, NOT_FOUND, LIMIT_REACHED */
export async function applyOverlay(
  actor: Actor,
  place: PlaceInput,
  changes: readonly OverlayChange[],
): Promise<{ graphVersion: number; pending: boolean }> {
  requirePermission(actor, "file.write");
  return (await sessionFor(actor, place)).overlay(changes, place.page);
}

/**
 * Compiles a file or a piece of SQL as dbt would, from unsaved text where there is some. dbt's own refusals come back in
 * `error`. A compile that wants the warehouse runs only where this person may preview.
 * @throws FORBIDDEN, NOT_FOUND, LIMIT_REACHED, WORKER_LOST, TIMEOUT
 */
export async function compile(actor: Actor, input: CompileInput): Promise<CompileResult> {
  requirePermission(actor, "project.read");
  if (input.sql !== null) requirePermission(actor, "file.write");
  const session = await sessionFor(actor, input);
  const overlaid = overlayOwnText(actor, session, input);
  const { path, sql, version } = input;
  const pure = session.request(
    "compile",
    { path, uniqueId: null, sql, version, allowWarehouse: false },
    requestTimeouts.compile,
  );
  const [result] = await Promise.all([pure, overlaid]);
  if (!result.introspective || result.sql !== null || result.error !== null) return result;
  return compileWithWarehouse(actor, session, { input, refused: result });
}

/**
 * What completion, hover and go-to need to know of the project, as the session sees it; of what everyone at a commit shares
 * the part that is wanted and that the asker does not have.
 */
export async function projectIndex(actor: Actor, place: PlaceInput, wanted: IndexWanted): Promise<IndexParts> {
  requirePermission(actor, "project.read");
  const session = await sessionFor(actor, place, { touch: false });
  return session.request("indexParts", wanted, requestTimeouts.index);
}

/** Requests are answered in order, so the text need not be acknowledged before the compile is asked. */
export async function overlayOwnText(
  actor: Actor,
  session: LiveSession,
  { path, text, version, page }: Pick<CompileInput, "path" | "text" | "version" | "page">,
): Promise<void> {
  if (path === null || text === null || !actor.permissions.has("file.write")) return;
  await session.overlayUnknown([{ path, text, deleted: false, version }], page);
}

/** The policy is asked before the warehouse is reached, and again before what it answered is shown. */
async function compileWithWarehouse(
  actor: Actor,
  session: LiveSession,
  { input, refused }: { input: CompileInput; refused: CompileResult },
): Promise<CompileResult> {
  const refusal = await warehouseRefusal(actor, session);
  if (refusal) return { ...refused, error: refusal.toBody() };
  const { path, sql, version } = input;
  const result = await session.request(
    "compile",
    { path, uniqueId: null, sql, version, allowWarehouse: true },
    requestTimeouts.compile,
  );
  const later = await warehouseRefusal(actor, session);
  return later ? { ...refused, error: later.toBody() } : result;
}

async function warehouseRefusal(actor: Actor, session: LiveSession): Promise<AppError | null> {
  const explained = (reason: string) =>
    new AppError("POLICY_OFF", `This model asks the warehouse while it compiles. ${reason}`, {
      hint: "It uses run_query, a statement block or an adapter's introspection.",
    });
  if (!actor.permissions.has("preview.run")) return explained("Your role does not allow you to query the warehouse.");
  const { projectId, environmentId } = session.identity;
  const refusal = previewRefusal(await effectivePolicy(actor, { projectId, environmentId }));
  return refusal ? explained(refusal.message) : null;
}
