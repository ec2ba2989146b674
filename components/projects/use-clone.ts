import { useEffect, useRef, useState } from "react";
import { toErrorBody, useTRPCClient } from "@/components/api";
import type { ErrorBody } from "@/server/contract";

export interface Clone {
  running: boolean;
  progress: { phase: string; done: number; total: number | null } | null;
  error: ErrorBody | null;
  start(): void;
  cancel(): void;
}

/** Makes this person's working tree of a project, with progress and cancel. */
export function useClone(projectId: string, onDone: () => void): Clone {
  const client = useTRPCClient();
  const subscription = useRef<{ unsubscribe(): void } | null>(null);
  const done = useRef(onDone);
  const [running, setRunning] = useState(false);
  const [progress, setProgress] = useState<Clone["progress"]>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  useEffect(() => {
    done.current = onDone;
  });
  useEffect(
    () => () => {
      subscription.current?.unsubscribe();
      subscription.current = null;
    },
    [],
  );

  function finish(failure: ErrorBody | null) {
    subscription.current?.unsubscribe();
    subscription.current = null;
    setRunning(false);
    setProgress(null);
    setError(failure);
  }
  function start() {
    if (subscription.current) {
      return;
    }
    setRunning(true);
    setError(null);
    subscription.current = client.workspaces.clone.subscribe(
      { projectId },
      {
        onData(event) {
          if (event.type === "progress") {
            setProgress({ phase: event.phase, done: event.loaded, total: event.total });
          } else if (event.type === "done") {
            finish(null);
            done.current();
          } else {
            finish(event.error);
          }
        },
        onError: (thrown) => finish(toErrorBody(thrown)),
      },
    );
  }
  return { running, progress, error, start, cancel: () => finish(null) };
}
