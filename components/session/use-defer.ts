import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { toErrorBody, useTRPC } from "@/components/api";
import { toast } from "@/components/ui";
import type { DeferMode, DeferState, SessionStatus } from "@/server/contract";

export interface DeferOptions {
  workspaceId: string;
  environmentId: string | null;
  status: SessionStatus;
  /** What compiles is another SQL now. */
  onChanged: () => void;
}

export interface Defer {
  state: DeferState | null;
  /** The mode that is being switched to. */
  switching: DeferMode | null;
  choose: (mode: DeferMode) => void;
  /** Keeps a manifest.json as the environment's production state. */
  upload: (file: File) => Promise<void>;
  remove: () => void;
}

export interface DeferCommands {
  deferOff: () => void;
  deferProduction: () => void;
  deferFavorState: () => void;
}

const told: Record<DeferMode, string> = {
  off: "Defer is off.",
  on: "What is not built here is read from production.",
  favorState: "Everything but the model itself is read from production.",
};

/** How this person's session defers to production, and to what. */
export function useDefer({ workspaceId, environmentId, status, onChanged }: DeferOptions): Defer {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const place = { workspaceId, environmentId: environmentId ?? "" };
  const options = trpc.defer.state.queryOptions(place, { enabled: environmentId !== null });
  const state = useQuery(options).data ?? null;
  const refresh = () => queryClient.invalidateQueries({ queryKey: options.queryKey });
  const set = useMutation(trpc.defer.set.mutationOptions());
  const forget = useMutation(trpc.defer.removeManifest.mutationOptions());

  // Another session, or another worker of it, may defer otherwise.
  const ready = status.state === "ready";
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when the session has become ready, and then only.
  useEffect(() => {
    if (ready) void refresh();
  }, [ready]);

  function choose(mode: DeferMode) {
    set.mutate(
      { ...place, mode },
      {
        onSuccess: () => {
          toast.success(told[mode]);
          onChanged();
        },
        onError: (error) => toast.error("Defer stays as it was", { description: messageOf(error) }),
        onSettled: () => void refresh(),
      },
    );
  }

  async function upload(file: File): Promise<void> {
    const url = `/api/manifest?environment=${encodeURIComponent(place.environmentId)}`;
    try {
      const response = await fetch(url, { method: "POST", body: file });
      const answer: unknown = await response.json();
      if (!response.ok) {
        const { message, hint } = toErrorBody(answer);
        toast.error("The manifest was not kept", { description: [message, hint].filter(Boolean).join(" ") });
        return;
      }
      toast.success(`${file.name} is what this environment defers to.`);
      if (state !== null && state.mode !== "off") onChanged();
    } catch (error) {
      toast.error("The manifest was not kept", { description: messageOf(error) });
    } finally {
      void refresh();
    }
  }

  function remove() {
    forget.mutate(
      { environmentId: place.environmentId },
      {
        onSuccess: () => toast.success("The production manifest was removed."),
        onError: (error) => toast.error("The production manifest is still there", { description: messageOf(error) }),
        onSettled: () => {
          void refresh();
          onChanged();
        },
      },
    );
  }

  return { state, switching: set.isPending ? set.variables.mode : null, choose, upload, remove };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
