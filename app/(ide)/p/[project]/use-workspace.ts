import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTRPC, useTRPCClient } from "@/components/api";
import { DiagnosticsFollower, EditorController, makeServices, problemOf } from "@/components/editor";
import { ResultStore } from "@/components/results";
import { SearchStore } from "@/components/search";
import { useSession } from "@/components/session";
import { preferences, scratchpadName } from "@/components/shell";
import { toast } from "@/components/ui";
import type { WorkspaceEvent } from "@/server/contract";
import { useLineageNews } from "./lineage-tab";
import { useChecks } from "./use-checks";

/** The long-lived objects of one open workspace, tied to the session and to each other. */
export function useWorkspace(workspaceId: string, environmentId: string | null) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const environment = useRef(environmentId);
  useEffect(() => {
    environment.current = environmentId;
  }, [environmentId]);

  const [services] = useState(() => makeServices(client, workspaceId, () => environment.current));
  const [controller] = useState(
    () =>
      new EditorController({
        services,
        tell: { info: (message) => toast(message), error: (title, description) => toast.error(title, { description }) },
        autosave: (path) => {
          const { autosave, autosaveSeconds } = preferences().get();
          // A scratchpad is never saved by hand.
          return {
            on: autosave === "afterDelay" || scratchpadName(path) !== null,
            milliseconds: autosaveSeconds * 1000,
          };
        },
      }),
  );
  const [results] = useState(
    () =>
      new ResultStore({
        outcome: (queryId) => client.preview.outcome.query({ queryId }),
        cancel: (queryId) => client.preview.cancel.mutate({ queryId }),
      }),
  );
  const [search] = useState(
    () =>
      new SearchStore({
        find: (input, signal) => client.search.find.mutate({ workspaceId, ...input }, { signal }),
        unsaved: () => controller.buffers.dirty().map(({ path, text }) => ({ path, text })),
        apply: (files) => controller.edits.apply(files),
        tell: (message, { undo, description } = {}) =>
          toast(message, {
            duration: 15_000,
            ...(description ? { description } : {}),
            ...(undo ? { action: { label: "Undo", onClick: undo } } : {}),
          }),
      }),
  );
  useEffect(() => () => search.cancel(), [search]);
  const [diagnostics] = useState(
    () =>
      new DiagnosticsFollower({
        ask: (files) => services.diagnostics(files),
        buffers: controller.buffers,
        problems: controller.problems,
      }),
  );
  const checks = useChecks(controller, services);
  useEffect(() => controller.start(), [controller]);
  useEffect(() => diagnostics.start(), [diagnostics]);
  const lineageNews = useLineageNews();
  useEffect(() => () => results.dispose(), [results]);
  // What the warehouse refuses is a problem of the file that was previewed.
  useEffect(
    () =>
      results.subscribe(() => {
        const { status, request, error } = results.getSnapshot();
        if (request !== null && status !== "running") {
          void queryClient.invalidateQueries(trpc.preview.history.queryFilter({ workspaceId }));
        }
        const path = request?.path;
        if (!path) {
          return;
        }
        const concerns = status === "failed" && error !== null && (error.location !== null || request.sql === null);
        controller.problems.set("preview", path, concerns ? problemOf("preview", error, path) : null);
      }),
    [results, controller, queryClient, trpc, workspaceId],
  );

  function onEvent(event: WorkspaceEvent) {
    switch (event.type) {
      case "files":
        void queryClient.invalidateQueries(trpc.files.tree.queryFilter({ workspaceId }));
        void queryClient.invalidateQueries(trpc.git.status.queryFilter({ workspaceId }));
        void controller.checkDisk(event.paths);
        break;
      case "git":
        void queryClient.invalidateQueries(trpc.git.pathFilter());
        void queryClient.invalidateQueries({ queryKey: ["committed", workspaceId] });
        break;
      case "policy":
        void queryClient.invalidateQueries(trpc.preview.policy.pathFilter());
        break;
      case "index":
        void controller.refreshIndex(event.version);
        checks.refresh();
        diagnostics.refresh();
        break;
      case "lineage":
        lineageNews.update((count) => count + 1);
        controller.project.columnsChanged();
        diagnostics.refresh();
        break;
      case "session": {
        const { state, error } = event.status;
        if (state === "lost" || state === "ended") {
          controller.sessionGone();
        }
        controller.problems.set(
          "project",
          "project",
          state === "broken" && error ? problemOf("project", error, "dbt_project.yml") : null,
        );
        break;
      }
      case "signed-out":
        break;
    }
  }
  function onReady() {
    controller.sessionReady();
    checks.refresh();
    diagnostics.refresh();
  }
  const session = useSession({ workspaceId, environmentId }, { onEvent, onReady });
  return { controller, services, results, search, checks, session, lineageNews };
}
