"use client";
import { CircleAlert, CircleCheck, CircleDashed, CircleX, Hourglass, LogIn, PlugZap, RotateCw } from "lucide-react";
import { StatusItem } from "@/components/shell";
import { Button, Spinner } from "@/components/ui";
import type { SessionLine, SessionStatus } from "@/server/contract";
import { ordinal } from "./ordinal";
import type { DbtSession } from "./use-session";

/** The session's state in two or three words. */
export function sessionText(status: SessionStatus): string {
  switch (status.state) {
    case "none":
      return "no session";
    case "waiting":
      return status.line === null ? "in line" : `${ordinal(status.line.place)} in line`;
    case "starting":
      return "starting";
    case "parsing":
      return status.progress
        ? `${status.progress.phase}${status.progress.total ? ` ${Math.round((status.progress.done / status.progress.total) * 100)} %` : ""}`
        : "parsing";
    case "ready":
      return "ready";
    case "broken":
      return "a file does not parse";
    case "lost":
      return "session lost";
    case "ended":
      return "session ended";
  }
}

function StateIcon({ state }: { state: SessionStatus["state"] }) {
  switch (state) {
    case "none":
      return <CircleDashed aria-hidden />;
    case "waiting":
      return <Hourglass aria-hidden />;
    case "starting":
    case "parsing":
      return <Spinner className="size-3.5" />;
    case "ready":
      return <CircleCheck aria-hidden className="text-success" />;
    case "broken":
      return <CircleAlert aria-hidden className="text-warning" />;
    case "lost":
    case "ended":
      return <CircleX aria-hidden className="text-danger" />;
  }
}

/** The session in the top bar. */
export function SessionIndicator({ session }: { session: DbtSession }) {
  return (
    <span
      data-testid="session-state"
      data-state={session.status.state}
      className="flex items-center gap-1.5 whitespace-nowrap text-muted [&_svg]:size-3.5"
      role="status"
    >
      <StateIcon state={session.status.state} />
      {sessionText(session.status)}
    </span>
  );
}

/** Session, parse state and engine in the status bar. */
export function SessionStatusItems({ session, onShowProblems }: { session: DbtSession; onShowProblems: () => void }) {
  const { status, connection } = session;
  return (
    <>
      {connection === "lost" && (
        <StatusItem label="The connection to the server is lost; it is tried again by itself" tone="danger">
          <PlugZap aria-hidden /> offline
        </StatusItem>
      )}
      <StatusItem
        label={statusLabel(status)}
        tone={
          status.state === "lost" || status.state === "ended"
            ? "danger"
            : status.state === "broken"
              ? "warning"
              : "normal"
        }
        onClick={
          status.state === "broken" ? onShowProblems : status.state === "waiting" ? session.leaveLine : session.restart
        }
      >
        <StateIcon state={status.state} />
        {status.state === "ready" || status.state === "broken"
          ? `${status.state === "ready" ? "parsed" : "last good:"} ${status.models} ${status.models === 1 ? "model" : "models"}`
          : sessionText(status)}
      </StatusItem>
    </>
  );
}

/** What stands above the editor while the session, the connection or the sign-in is not there. Nothing typed is lost meanwhile. */
export function SessionBanner({ session }: { session: DbtSession }) {
  const { status, connection, signedOut } = session;
  if (signedOut !== null) {
    const here = typeof window === "undefined" ? "/" : window.location.pathname;
    return (
      <Banner tone="danger" title="You are signed out" message={`${signedOut} What you typed is kept in this browser.`}>
        <a
          href={`/signin?callbackUrl=${encodeURIComponent(here)}`}
          className="flex h-6 items-center gap-1.5 rounded-[5px] bg-accent-solid px-2 text-xs font-medium text-on-accent hover:bg-accent-hover"
        >
          <LogIn aria-hidden className="size-3.5" />
          Sign in again
        </a>
      </Banner>
    );
  }
  if (connection === "lost") {
    return (
      <Banner
        tone="warning"
        title="The server cannot be reached"
        message="It is tried again by itself. You can go on typing; what you type is kept in this browser."
      />
    );
  }
  if (status.state === "waiting" && status.line !== null) {
    return (
      <Banner
        tone="warning"
        icon={<Hourglass aria-hidden className="size-4 shrink-0 text-warning" />}
        title={`You are ${ordinal(status.line.place)} in line for a dbt session`}
        message={`${lineReason(status.line)} It starts by itself. You can go on typing; what you type is kept.`}
      >
        <Button size="small" onClick={session.leaveLine}>
          Cancel
        </Button>
      </Banner>
    );
  }
  if (status.state === "lost" || status.state === "ended") {
    return (
      <Banner
        tone="warning"
        title={status.state === "lost" ? "The dbt session was lost" : "The dbt session has ended"}
        message={`${status.error?.message ?? "It starts again with your next edit."} ${status.error?.hint ?? ""} What you typed is kept.`}
      >
        <Button size="small" onClick={session.restart}>
          <RotateCw aria-hidden className="size-3.5" />
          Start again
        </Button>
      </Banner>
    );
  }
  return null;
}

function statusLabel({ state }: SessionStatus): string {
  if (state === "broken") return "Show what does not parse";
  return state === "waiting" ? "Leave the line for a dbt session" : "Restart the dbt session";
}

/** Why there is a line, and what shortens it. */
function lineReason({ reason }: SessionLine): string {
  switch (reason) {
    case "person":
      return "All the sessions that you may have are running previews.";
    case "organisation":
      return "Your organisation has as many sessions as it may have.";
    case "runner":
      return "The server has as many sessions as it can take.";
  }
}

function Banner({
  tone,
  icon,
  title,
  message,
  children,
}: {
  tone: "warning" | "danger";
  icon?: React.ReactNode;
  title: string;
  message: string;
  children?: React.ReactNode;
}) {
  return (
    <div
      role="alert"
      className={`flex shrink-0 items-center gap-3 border-b border-line px-3 py-1.5 ${tone === "danger" ? "bg-danger-soft" : "bg-warning-soft"}`}
    >
      {icon ?? (
        <CircleAlert aria-hidden className={`size-4 shrink-0 ${tone === "danger" ? "text-danger" : "text-warning"}`} />
      )}
      <p className="min-w-0 flex-1">
        <strong className="font-semibold">{title}.</strong> {message}
      </p>
      {children}
    </div>
  );
}
