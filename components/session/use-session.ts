import { useEffect, useRef, useState } from "react";
import { errorText, onSignedOut, pageId, toErrorBody, useTRPCClient } from "@/components/api";
import { toast } from "@/components/ui";
import type { ErrorBody, SessionStatus, WorkspaceEvent } from "@/server/contract";

export interface DbtSession {
  status: SessionStatus;
  /** Whether events of the workspace arrive. */
  connection: "connecting" | "connected" | "lost";
  /** Why this person is not signed in any more; null while they are. */
  signedOut: string | null;
  /** Starts a new session; the old one ends. */
  restart(): void;
  /** Waits no longer for a place. */
  leaveLine(): void;
}

const none: SessionStatus = {
  state: "none",
  dbtVersion: null,
  adapter: null,
  models: 0,
  error: null,
  progress: null,
  line: null,
};
const reconnectMilliseconds = 3000;
const unseenMilliseconds = 300;

function failed(error: ErrorBody): SessionStatus {
  return { ...none, state: "lost", error };
}

/**
 * Opens the dbt session of a workspace and environment and follows what happens there. `onEvent` hears everything; `onReady` each time
 * a session is there after none was.
 */
export function useSession(
  place: { workspaceId: string; environmentId: string | null },
  hear: { onEvent: (event: WorkspaceEvent) => void; onReady: () => void },
): DbtSession {
  const client = useTRPCClient();
  const { workspaceId, environmentId } = place;
  const [status, setStatus] = useState<SessionStatus>(none);
  const [connection, setConnection] = useState<DbtSession["connection"]>("connecting");
  const [signedOut, setSignedOut] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const listeners = useRef(hear);
  const wasReady = useRef(false);
  useEffect(() => {
    listeners.current = hear;
  });

  useEffect(() => onSignedOut(setSignedOut), []);

  const isReady = status.state === "ready" || status.state === "broken";
  useEffect(() => {
    if (isReady && !wasReady.current) {
      listeners.current.onReady();
    }
    wasReady.current = isReady;
  }, [isReady]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt subscribes and opens again.
  useEffect(() => {
    if (environmentId === null) {
      setStatus(none);
      return;
    }
    let active = true;
    let subscription: { unsubscribe(): void } | null = null;
    let timer: ReturnType<typeof setTimeout> | null = null;
    let working: ReturnType<typeof setTimeout> | undefined;
    let state: SessionStatus["state"] = "starting";
    wasReady.current = false;
    setStatus({ ...none, state: "starting" });

    /** Session events heard: an answer that is older than one of them must not replace it. */
    let heard = 0;
    async function open() {
      const before = heard;
      try {
        const opened = await client.dbt.open.mutate({ workspaceId, environmentId: environmentId ?? "" });
        if (active && heard === before) {
          show(opened);
        }
      } catch (thrown) {
        const error = toErrorBody(thrown);
        if (active) {
          noteSignedOut(error);
          show(failed(error));
        }
      }
    }
    /** A ready session is at work after each edit, mostly for milliseconds: that is shown when it takes longer. */
    function hearStatus(next: SessionStatus) {
      clearTimeout(working);
      if (state === "ready" && next.state === "ready" && next.progress !== null) {
        working = setTimeout(() => show(next), unseenMilliseconds);
      } else {
        show(next);
      }
    }
    function show(next: SessionStatus) {
      state = next.state;
      setStatus((shown) => (JSON.stringify(shown) === JSON.stringify(next) ? shown : next));
    }
    function noteSignedOut(error: ErrorBody) {
      if (error.code === "UNAUTHENTICATED") {
        setSignedOut(error.message);
      }
    }
    /** After the connection was lost the server may be another one, which knows nothing: open again and tell it everything. */
    function reopen() {
      wasReady.current = false;
      show({ ...none, state: "starting" });
      void open();
    }
    function listen(again: boolean) {
      let lost = again;
      subscription = client.events.workspace.subscribe(
        { workspaceId, environmentId: environmentId ?? "", page: pageId() },
        {
          onStarted() {
            setConnection("connected");
            if (lost) {
              lost = false;
              reopen();
            }
          },
          onConnectionStateChange(change) {
            if (active && change.state === "connecting" && change.error) {
              lost = true;
              setConnection("lost");
            }
          },
          onData(event) {
            if (!active) {
              return;
            }
            setConnection("connected");
            if (event.type === "session") {
              heard += 1;
              hearStatus(event.status);
            } else if (event.type === "signed-out") {
              setSignedOut(event.message);
            }
            listeners.current.onEvent(event);
          },
          onError(thrown) {
            if (!active) {
              return;
            }
            const error = toErrorBody(thrown);
            setConnection("lost");
            noteSignedOut(error);
            if (error.code !== "UNAUTHENTICATED" && error.code !== "FORBIDDEN" && error.code !== "NOT_FOUND") {
              timer = setTimeout(() => listen(true), reconnectMilliseconds);
            }
          },
          onComplete() {
            if (active) {
              timer = setTimeout(() => listen(true), reconnectMilliseconds);
            }
          },
        },
      );
    }
    listen(false);
    void open();
    return () => {
      active = false;
      subscription?.unsubscribe();
      clearTimeout(working);
      if (timer !== null) {
        clearTimeout(timer);
      }
    };
  }, [client, workspaceId, environmentId, attempt]);

  function restart() {
    if (environmentId === null) {
      return;
    }
    void client.dbt.end
      .mutate({ workspaceId, environmentId })
      .catch((error: unknown) => console.warn("The old session could not be ended.", error))
      .then(() => setAttempt((count) => count + 1));
  }
  function leaveLine() {
    if (environmentId === null) {
      return;
    }
    void client.dbt.leaveLine
      .mutate({ workspaceId, environmentId })
      .catch((error: unknown) => toast.error(errorText(error)));
  }
  return { status, connection, signedOut, restart, leaveLine };
}
