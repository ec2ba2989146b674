import { audit } from "../audit";
import type { SessionStatus } from "../contract/dbt";
import type { EffectivePolicy } from "../contract/policy";
import { type Actor, AppError, config, events, logger, processSingleton, requirePermission } from "../core";
import { onReconnect } from "../db";
import { effectivePolicy } from "../policy";
import { LimitBook } from "./limit-book";
import { readLimits } from "./limit-store";
import { overlayCharacters } from "./limits";
import type { LineStore } from "./line-store";
import type { LiveSession } from "./live-session";
import { currentMembership } from "./membership";
import { type Place, type PlaceInput, placeFor, prepareOpening } from "./place";
import type { RunnerPlacement } from "./placement";
import { placementFor } from "./placement-choice";
import type { PreviewRun } from "./preview-run";
import { closeAbandonedRuns, recordOutcome } from "./query-run-store";
import { SessionRegistry } from "./registry";

/** The sessions and previews of this web process, and what ends them. */
export class SessionService {
  readonly registry: SessionRegistry;
  readonly runs = new Map<string, PreviewRun>();
  readonly startedAt = new Date();
  readonly placement: RunnerPlacement;
  readonly limits: LimitBook;
  readonly #unsubscribe: (() => void)[];

  /** @param options.line where those who wait for a place stand in line; the app database when left out */
  constructor(options: { placement: RunnerPlacement; limits: LimitBook; line?: LineStore }) {
    this.placement = options.placement;
    this.limits = options.limits;
    this.registry = new SessionRegistry(
      {
        ...options,
        overlayCharacters,
        onQueryEnded: (event) => this.runs.get(event.queryId)?.report(event),
        onWorkerGone: (session, error) => this.#endRuns((run) => run.session === session, "failed", error.message),
        onStarted: (session, fromTemplate) => record(session, "session.started", { fromTemplate }),
        onEnded: (session, reason) => {
          const seconds = Math.round((Date.now() - session.startedAt.getTime()) / 1000);
          record(session, "session.ended", { reason: reason.message, seconds });
        },
      },
      (session) => this.runsOf(session).length > 0,
    );
    this.#unsubscribe = [
      events.on("policyChanged", ({ organisationId }) =>
        this.#recheck((run) => run.actor.organisationId === organisationId),
      ),
      events.on("membershipChanged", ({ organisationId, userId }) => this.#membershipChanged(organisationId, userId)),
      events.on("signInSessionEnded", ({ signInSessionId, userId, message }) =>
        this.#signedOut({ signInSessionId, userId, message }),
      ),
      events.on("projectRemoved", ({ projectId }) => {
        const reason = new AppError("WORKER_LOST", "The project was removed by an administrator.");
        this.#endRuns((run) => run.session.identity.projectId === projectId, "ended", reason.message);
        this.registry.endWhere((session) => session.identity.projectId === projectId, "forget", reason);
      }),
      events.on("workspaceRemoved", ({ workspaceId }) => {
        const reason = new AppError("WORKER_LOST", "The workspace of this dbt session was removed.");
        this.#endRuns((run) => run.session.identity.workspaceId === workspaceId, "ended", reason.message);
        this.registry.endWhere((session) => session.identity.workspaceId === workspaceId, "forget", reason);
      }),
      events.on("sessionLimitsChanged", ({ organisationId, by, restart }) =>
        this.#limitsChanged(organisationId, restart ? by : null),
      ),
      events.on("environmentChanged", ({ environmentId }) => {
        const reason = new AppError("WORKER_LOST", "An administrator changed this environment.", {
          hint: "A fresh session starts with your next edit or preview.",
        });
        this.#endRuns((run) => run.session.identity.environmentId === environmentId, "ended", reason.message);
        this.registry.endWhere((session) => session.identity.environmentId === environmentId, "revive", reason);
      }),
      events.on("filesChanged", ({ workspaceId, paths }) => {
        for (const session of this.sessionsOf(workspaceId)) session.filesChanged(paths);
      }),
      // Notifications may have been missed while the database was away: ask again about everything that runs.
      onReconnect(() => {
        this.#recheck(() => true);
        for (const organisationId of this.limits.organisations()) this.#limitsChanged(organisationId, null);
        for (const session of this.registry.all()) {
          this.#membershipChanged(session.identity.organisationId, session.identity.userId);
        }
      }),
    ];
  }

  sessionsOf(workspaceId: string): LiveSession[] {
    return this.registry.all().filter((session) => session.identity.workspaceId === workspaceId);
  }

  runsOf(session: LiveSession): PreviewRun[] {
    return [...this.runs.values()].filter((run) => run.session === session && run.live);
  }

  /** The session of a place, made when there is none; no worker is started. `touch`: the person asks, not the page by itself. */
  async use(place: Place, { touch = true }: { touch?: boolean } = {}): Promise<LiveSession> {
    const { organisationId } = place.identity;
    await this.limits.read(organisationId);
    return this.registry.use(place.identity, place.actor.signInSessionId, {
      engine: place.environment.engine,
      prepare: async () => prepareOpening(place, await this.limits.read(organisationId)),
      touch,
    });
  }

  /** Keeps a run until its outcome is written. */
  add(run: PreviewRun): void {
    this.runs.set(run.queryId, run);
  }

  async finish(run: PreviewRun, recorded: boolean): Promise<void> {
    try {
      if (recorded) await recordOutcome(run);
    } catch (error) {
      logger().error({ err: error, queryId: run.queryId }, "A preview's outcome could not be written.");
    } finally {
      this.runs.delete(run.queryId);
    }
  }

  /** Ends everything; called at shutdown. Resolves when its places are free for other web processes. */
  close(): Promise<void> {
    for (const stop of this.#unsubscribe) stop();
    this.#endRuns(() => true, "ended", "Millrace is shutting down.");
    const released = this.registry.close();
    this.placement.close().catch((error: unknown) => logger().warn({ err: error }, "The placement did not close."));
    return released;
  }

  /** Ends one session because an administrator says so; its person must open it again. */
  endByAdministrator(session: LiveSession, administrator: Actor): void {
    const reason = new AppError("WORKER_LOST", `${administrator.userName} ended this dbt session.`);
    this.#endRuns((run) => run.session === session, "ended", reason.message);
    this.registry.endWhere((other) => other === session, "reopen", reason);
  }

  /** Reads an organisation's limits again and applies them. Running sessions start afresh when `restartedBy` says who wants it. */
  #limitsChanged(organisationId: string, restartedBy: string | null): void {
    this.limits.renew(organisationId).then(
      () => {
        if (restartedBy !== null) {
          const reason = new AppError("WORKER_LOST", `${restartedBy} changed the limits of dbt sessions.`, {
            hint: "A fresh one starts with your next edit or preview.",
          });
          this.#endRuns((run) => run.actor.organisationId === organisationId, "ended", reason.message);
          this.registry.restart(organisationId, reason);
        }
        this.registry.endOverdue(Date.now());
        this.registry.admission.pump();
      },
      (error: unknown) => logger().error({ err: error, organisationId }, "Changed session limits could not be read."),
    );
  }

  #endRuns(matches: (run: PreviewRun) => boolean, outcome: "ended" | "failed", message: string): void {
    for (const run of [...this.runs.values()]) {
      if (run.live && matches(run)) run.end(outcome, message);
    }
  }

  #signedOut({ signInSessionId, userId, message }: { signInSessionId: string; userId: string; message: string }): void {
    this.#endRuns((run) => run.actor.signInSessionId === signInSessionId, "ended", message);
    const reason = new AppError("UNAUTHENTICATED", message);
    for (const session of this.registry.all()) {
      if (session.identity.userId === userId) session.signIns.delete(signInSessionId);
    }
    this.registry.endWhere(
      (session) => session.identity.userId === userId && session.signIns.size === 0,
      "forget",
      reason,
    );
  }

  #membershipChanged(organisationId: string, userId: string): void {
    const concerns = (of: { organisationId: string; userId: string }) =>
      of.organisationId === organisationId && of.userId === userId;
    currentMembership(organisationId, userId).then(
      (membership) => {
        if (membership === null) {
          const reason = new AppError("UNAUTHENTICATED", "An administrator deactivated your account.");
          this.#endRuns((run) => concerns(run.actor), "ended", reason.message);
          this.registry.endWhere((session) => concerns(session.identity), "forget", reason);
        } else if (!membership.permissions.has("project.read")) {
          const reason = new AppError("FORBIDDEN", "Your role no longer allows you to open projects.");
          this.#endRuns((run) => concerns(run.actor), "ended", reason.message);
          this.registry.endWhere((session) => concerns(session.identity), "forget", reason);
        } else this.#recheck((run) => concerns(run.actor), membership);
      },
      (error: unknown) => this.#failClosed((run) => concerns(run.actor), error),
    );
  }

  /** Asks the policy again for runs that it may concern, and ends those that it no longer allows. */
  #recheck(matches: (run: PreviewRun) => boolean, membership?: Pick<Actor, "roleId" | "permissions">): void {
    for (const run of [...this.runs.values()].filter((candidate) => candidate.live && matches(candidate))) {
      this.#ask(run, membership).then(
        (refusal) => {
          if (refusal) run.end("ended", refusal.message);
        },
        (error: unknown) => this.#failClosed((other) => other === run, error),
      );
    }
  }

  async #ask(run: PreviewRun, given?: Pick<Actor, "roleId" | "permissions">): Promise<AppError | null> {
    const { organisationId, userId } = run.actor;
    const membership = given ?? (await currentMembership(organisationId, userId));
    if (membership === null) return new AppError("UNAUTHENTICATED", "An administrator deactivated your account.");
    if (!membership.permissions.has("preview.run"))
      return new AppError("FORBIDDEN", "Your role no longer allows previews.");
    const { projectId, environmentId } = run.session.identity;
    return previewRefusal(await effectivePolicy({ ...run.actor, ...membership }, { projectId, environmentId }));
  }

  /** When it cannot be known whether a preview is still allowed, it is not. */
  #failClosed(matches: (run: PreviewRun) => boolean, error: unknown): void {
    logger().error({ err: error }, "The preview policy could not be read; the previews that it may concern end.");
    this.#endRuns(matches, "ended", "The preview policy could not be read, so the preview was ended.");
  }
}

/** Why the policy refuses a preview, naming who decided; null when it does not. */
export function previewRefusal(policy: EffectivePolicy): AppError | null {
  if (policy.preview) return null;
  const decision = policy.previewOffBy;
  if (decision === null) return new AppError("POLICY_OFF", "Preview is switched off.");
  const where = decision.scopeName === "" ? `this ${decision.scope}` : decision.scopeName;
  const why = decision.reason === "" ? "" : ` Reason: ${decision.reason}`;
  return new AppError("POLICY_OFF", `${decision.by} switched preview off for ${where}.${why}`, {
    details: { decision },
  });
}

/** The sessions of this web process. The first call starts listening for what ends them. */
export function sessionService(): SessionService {
  return processSingleton("sessions", () => {
    const service = new SessionService({ placement: placementFor(config()), limits: new LimitBook(readLimits) });
    closeAbandonedRuns(service.startedAt).catch((error: unknown) =>
      logger().error({ err: error }, "Previews that an earlier process left could not be closed."),
    );
    return service;
  });
}

/** The status of the actor's session of a place, without starting one. */
export function sessionStatus(actor: Actor, place: PlaceInput): SessionStatus {
  return sessionService().registry.status({ ...place, userId: actor.userId });
}

/** The actor's session of a place, made when there is none. `touch`: see `SessionService.use`. @throws NOT_FOUND */
export async function sessionFor(
  actor: Actor,
  input: PlaceInput,
  options: { touch?: boolean } = {},
): Promise<LiveSession> {
  return sessionService().use(await placeFor(actor, input), options);
}

/** The person has asked for something of this workspace, whatever it was: their sessions there are not idle. */
export function noteActivity(actor: Actor, workspaceId: string): void {
  sessionService().registry.touch(actor.userId, workspaceId);
}

/** The actor does not want to wait in line any more. Their session starts when they open it again. @throws NOT_FOUND */
export async function leaveLine(actor: Actor, input: PlaceInput): Promise<void> {
  requirePermission(actor, "project.read");
  const { identity } = await placeFor(actor, input);
  const { registry } = sessionService();
  const session = registry.find(identity);
  if (session === null || !session.waiting) return;
  const reason = new AppError("CANCELLED", "You left the line.", { hint: "Start the session to stand in line again." });
  registry.endWhere((other) => other === session, "reopen", reason);
}

function record(
  session: LiveSession,
  action: "session.started" | "session.ended",
  details: Record<string, unknown>,
): void {
  const { organisationId, userId, userName, projectName, environmentName } = session.identity;
  audit({ organisationId, userId, userName }, action, `${projectName} / ${environmentName}`, details).catch(
    (error: unknown) =>
      logger().error({ err: error, action }, "A dbt session's event could not be written to the audit trail."),
  );
}
