import { audit } from "../audit";
import type { PreviewInput, QueryRun } from "../contract/dbt";
import type { EffectivePolicy } from "../contract/policy";
import { describePreview, needsText } from "../contract/previews";
import { type Actor, AppError, requirePermission, toAppError } from "../core";
import { effectivePolicy } from "../policy";
import { workspaceForActor } from "../projects";
import { type Place, type PlaceInput, placeFor } from "./place";
import { PreviewRun } from "./preview-run";
import { findRun, findRunWithPlace, listRuns, recordRefusal, recordStart } from "./query-run-store";
import { previewRefusal, type SessionService, sessionService } from "./service";

/** A preview that has started: its bytes, as the query process sends them. */
export interface StartedPreview {
  readonly stream: ReadableStream<Uint8Array>;
  readonly run: PreviewRun;
}

const historyLength = 200;
/** How long `previewOutcome` waits for the last count of a preview that is about to end. */
const outcomeWaitMilliseconds = 4_000;

/**
 * Starts a preview and returns its bytes. Asks permission, policy and limits first, writes down that it runs, and then lets
 * rows flow. `signal` is the browser's: when it aborts, the query ends in the warehouse too.
 * @throws NOT_FOUND, FORBIDDEN, POLICY_OFF, LIMIT_REACHED, CONFLICT (the id was used), WORKER_LOST
 */
export async function startPreview(actor: Actor, input: PreviewInput, signal: AbortSignal): Promise<StartedPreview> {
  const service = sessionService();
  const place = await placeFor(actor, input);
  const subject = describePreview(input.what, input.sql === null && input.path !== null ? input.path : "selection");
  try {
    requirePermission(actor, "preview.run");
    await refuseTooMany(service, actor);
  } catch (error) {
    await recordRefusal(actor, { identity: place.identity, queryId: input.queryId, subject }, toAppError(error));
    throw error;
  }
  const session = await service.use(place);
  let recorded = false;
  const run = new PreviewRun({
    queryId: input.queryId,
    actor,
    session,
    subject,
    onFinished: (ended) => service.finish(ended, recorded),
  });
  if (service.runs.has(run.queryId)) throw new AppError("CONFLICT", "This preview was started before.");
  // Known to those who end previews before the policy is asked, so that no change of it can slip in between.
  service.add(run);
  const abort = () => run.end("cancelled", "Cancelled.");
  try {
    const limits = await allowedLimits(place, run, input.rows);
    await recordStart(run);
    recorded = true;
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    if (needsText(input.what) && input.path === null && input.sql === null) {
      throw new AppError("INVALID_INPUT", "Nothing to preview: name a file or send SQL.");
    }
    const { path, text } = input;
    if (path !== null && text !== null) {
      await session.overlayUnknown([{ path, text, deleted: false, version: 0 }], input.page);
    }
    stopIfEnded(run);
    const connection = await session.openQuery({
      type: "query",
      queryId: input.queryId,
      path,
      sql: input.sql,
      // A compile of an older text may come in between: what the person sees is what runs.
      text: path === null ? null : text,
      what: input.what,
      limits,
    });
    run.attach(connection, limits.seconds);
    stopIfEnded(run);
    connection.onCancel = abort;
    return { stream: connection.stream, run };
  } catch (error) {
    signal.removeEventListener("abort", abort);
    const failure = toAppError(error);
    if (run.outcome === "running") run.end("failed", failure.message);
    throw failure;
  }
}

/** What this person may preview and export there, and who decided it when not. */
export async function previewPolicy(actor: Actor, input: PlaceInput): Promise<EffectivePolicy> {
  const { identity } = await placeFor(actor, input);
  const policy = await effectivePolicy(actor, { projectId: identity.projectId, environmentId: identity.environmentId });
  return {
    ...policy,
    preview: policy.preview && actor.permissions.has("preview.run"),
    export: policy.export && actor.permissions.has("preview.export"),
  };
}

/** How one of the actor's own previews ended, or that it runs; null when there is none of this id. */
export async function previewOutcome(actor: Actor, queryId: string): Promise<QueryRun | null> {
  const run = ownRun(actor, queryId);
  if (run) {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, outcomeWaitMilliseconds);
    });
    await Promise.race([run.finished, patience]);
    clearTimeout(timer);
  }
  return findRun(actor, queryId);
}

/** Ends one of the actor's own previews. Returns whether it still ran. */
export function cancelPreview(actor: Actor, queryId: string): { found: boolean } {
  requirePermission(actor, "preview.run");
  const run = ownRun(actor, queryId);
  run?.end("cancelled", "Cancelled.");
  return { found: run !== null };
}

/** The actor's own previews in a workspace's project, newest first. Metadata only. */
export async function previewHistory(actor: Actor, workspaceId: string): Promise<QueryRun[]> {
  const workspace = await workspaceForActor(actor, workspaceId);
  return listRuns(actor, workspace.projectId, historyLength);
}

/**
 * Asked by the browser before it writes an export of rows that it has: refuses by permission and policy, else goes into the
 * audit trail.
 * @throws FORBIDDEN, POLICY_OFF, NOT_FOUND
 */
export async function recordExport(actor: Actor, input: { queryId: string; format: string }): Promise<void> {
  requirePermission(actor, "preview.export");
  const found = await findRunWithPlace(actor, input.queryId);
  if (found === null) throw new AppError("NOT_FOUND", "There is no such preview.");
  const { run, place } = found;
  const policy = await effectivePolicy(actor, place);
  if (!policy.export) {
    const by = policy.exportOffBy;
    throw new AppError(
      "POLICY_OFF",
      by ? `${by.by} switched export off for ${by.scopeName}.` : "Export is switched off.",
      {
        details: { decision: by },
      },
    );
  }
  await audit(actor, "preview.exported", run.subject, {
    queryId: run.queryId,
    project: run.projectName,
    environment: run.environmentName,
    format: input.format,
    rows: run.rows,
    bytes: run.bytes,
  });
}

function ownRun(actor: Actor, queryId: string): PreviewRun | null {
  const run = sessionService().runs.get(queryId);
  return run && run.actor.userId === actor.userId && run.actor.organisationId === actor.organisationId ? run : null;
}

async function refuseTooMany(service: SessionService, actor: Actor): Promise<void> {
  const { previewsPerPerson: limit } = await service.limits.read(actor.organisationId);
  const running = [...service.runs.values()].filter((run) => run.live && run.actor.userId === actor.userId);
  if (running.length < limit) return;
  throw new AppError(
    "LIMIT_REACHED",
    `You have ${running.length} previews running, which is as many as you may have.`,
    {
      hint: "Wait for one to finish, or cancel it.",
    },
  );
}

async function allowedLimits(
  { actor, identity }: Place,
  run: PreviewRun,
  rows: number,
): Promise<EffectivePolicy["limits"]> {
  const policy = await effectivePolicy(actor, { projectId: identity.projectId, environmentId: identity.environmentId });
  const refusal = previewRefusal(policy);
  if (refusal) {
    await recordRefusal(actor, { identity, queryId: run.queryId, subject: run.subject }, refusal);
    throw refusal;
  }
  return { ...policy.limits, rows: Math.min(rows, policy.limits.rows) };
}

/** Somebody ended it while it was being started. */
function stopIfEnded(run: PreviewRun): void {
  if (run.outcome === "running" || run.outcome === "complete" || run.outcome === "limited") return;
  if (run.outcome === "cancelled") throw new AppError("CANCELLED", run.message ?? "Cancelled.");
  throw new AppError("POLICY_OFF", run.message ?? "The preview was ended.");
}
