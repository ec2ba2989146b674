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
  /** The file on the left; without it, the last commit. */
  against?: string | undefined;
  inline?: boolean;
}

/** The text as it is now (unsaved edits included) against the last commit, or against another file. */
export function DiffPane({ controller, services, path, against, inline = false }: DiffPaneProps) {
  const buffer = useStore(controller.buffers.store, (buffers) => (path === null ? undefined : buffers.get(path)));
  const other = useStore(controller.buffers.store, (buffers) => buffers.get(against ?? "")?.text);
  const committed = useQuery({
    queryKey: ["committed", services.workspaceId, path, against ?? null],
    queryFn: async () =>
      against === undefined ? services.committed(path ?? "") : ((await services.read(against)).text ?? ""),
    enabled: path !== null,
  });
  const loading = useStore(controller.files.unopened, (all) => (path === null ? undefined : all.get(path)));
  if (path === null) {
    return <EmptyState icon={<GitCompare />} title="No file is open" />;
  }
  if (committed.isPending || (loading === "loading" && !buffer)) {
    return <Skeleton lines={8} label="Loading the comparison" />;
  }
  if (committed.error) {
    return (
      <ErrorState
        title={against === undefined ? "The last commit could not be read" : `${against} could not be read`}
        message={errorText(committed.error)}
        actions={<Button onClick={() => void committed.refetch()}>Try again</Button>}
      />
    );
  }
  const before = other ?? committed.data ?? "";
  const after = buffer?.text ?? "";
  if (committed.data !== null && buffer && before === after) {
    return (
      <EmptyState icon={<GitCompare />} title="No changes">
        {against === undefined ? `${path} is as it is in the last commit.` : `${path} and ${against} are the same.`}
      </EmptyState>
    );
  }
  return <DiffViewer label={`Changes of ${path}`} path={path} before={before} after={after} inline={inline} />;
}
