import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { toErrorBody, useTRPC, useTRPCClient } from "@/components/api";
import type { ErrorBody, GitProgress } from "@/server/contract";

export interface Exchange {
  kind: "push" | "pull" | null;
  progress: { phase: string; done: number; total: number | null } | null;
  error: ErrorBody | null;
  /** Which of the two failed last. */
  failed: "push" | "pull" | null;
  start(kind: "push" | "pull"): void;
  cancel(): void;
  dismiss(): void;
}

/** Push and pull with progress and cancel; at most one at a time. Leaving the page cancels it. */
export function useExchange(workspaceId: string, onDone: (kind: "push" | "pull") => void): Exchange {
  const client = useTRPCClient();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const running = useRef<{ unsubscribe(): void } | null>(null);
  const [kind, setKind] = useState<Exchange["kind"]>(null);
  const [progress, setProgress] = useState<Exchange["progress"]>(null);
  const [failure, setFailure] = useState<{ kind: "push" | "pull"; error: ErrorBody } | null>(null);
  useEffect(() => () => running.current?.unsubscribe(), []);

  function finish(error: { kind: "push" | "pull"; error: ErrorBody } | null) {
    running.current?.unsubscribe();
    running.current = null;
    setKind(null);
    setProgress(null);
    setFailure(error);
    void queryClient.invalidateQueries(trpc.git.status.queryFilter({ workspaceId }));
    void queryClient.invalidateQueries(trpc.git.branches.queryFilter({ workspaceId }));
  }

  function start(wanted: "push" | "pull") {
    if (running.current) {
      return;
    }
    setKind(wanted);
    setFailure(null);
    const listener = {
      onData(event: GitProgress) {
        if (event.type === "progress") {
          setProgress({ phase: event.phase, done: event.loaded, total: event.total });
        } else if (event.type === "done") {
          finish(null);
          onDone(wanted);
        } else {
          finish({ kind: wanted, error: event.error });
        }
      },
      onError: (error: unknown) => finish({ kind: wanted, error: toErrorBody(error) }),
    };
    running.current =
      wanted === "push"
        ? client.git.push.subscribe({ workspaceId }, listener)
        : client.git.pull.subscribe({ workspaceId }, listener);
  }

  return {
    kind,
    progress,
    error: failure?.error ?? null,
    failed: failure?.kind ?? null,
    start,
    cancel: () => finish(null),
    dismiss: () => setFailure(null),
  };
}
