"use client";
import { useQuery } from "@tanstack/react-query";
import { GitCompare } from "lucide-react";
import { errorText } from "@/components/api";
import { useStore } from "@/components/shell";
import { Button, EmptyState, ErrorState, Skeleton } from "@/components/ui";
import type { EditorController } from "../model/controller";
import type { EditorServices } from "../model/services";
import { DiffViewer } from "./diff-viewer";

export interface DiffPaneProps {
  controller: EditorController;
  services: EditorServices;
  path: string | null;
  inline?: boolean;
}

/** The text as it is now (unsaved edits included) against the last commit. */
export function DiffPane({ controller, services, path, inline = false }: DiffPaneProps) {
  const buffer = useStore(controller.buffers.store, (buffers) => (path === null ? undefined : buffers.get(path)));
  const committed = useQuery({
    queryKey: ["committed", services.workspaceId, path],
    queryFn: () => services.committed(path ?? ""),
    enabled: path !== null,
  });
  const loading = useStore(controller.loading, (all) => (path === null ? undefined : all.get(path)));
  if (path === null) {
    return <EmptyState icon={<GitCompare />} title="No file is open" />;
  }
  if (committed.isPending || (loading === "loading" && !buffer)) {
    return <Skeleton lines={8} label="Loading the comparison" />;
  }
  if (committed.error) {
    return (
      <ErrorState
        title="The last commit could not be read"
        message={errorText(committed.error)}
        actions={<Button onClick={() => void committed.refetch()}>Try again</Button>}
      />
    );
  }
  const before = committed.data ?? "";
  const after = buffer?.text ?? "";
  if (committed.data !== null && buffer && before === after) {
    return (
      <EmptyState icon={<GitCompare />} title="No changes">
        {path} is as it is in the last commit.
      </EmptyState>
    );
  }
  return <DiffViewer label={`Changes of ${path}`} path={path} before={before} after={after} inline={inline} />;
}
