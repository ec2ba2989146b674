"use client";
import { CircleAlert, FolderDown } from "lucide-react";
import { Button, Progress } from "@/components/ui";
import { useClone } from "./use-clone";

/** Offers the first clone of a project, shows how far it is, and what went wrong. */
export function ClonePanel({
  projectId,
  failedBefore,
  onDone,
}: {
  projectId: string;
  failedBefore: boolean;
  onDone: () => void;
}) {
  const clone = useClone(projectId, onDone);
  if (clone.running) {
    return (
      <div className="flex flex-col gap-1.5" aria-live="polite">
        <div className="flex items-center justify-between gap-3">
          <span className="min-w-0 truncate text-muted">
            Cloning{clone.progress ? ` · ${clone.progress.phase}` : ""}
            {clone.progress?.total
              ? ` · ${clone.progress.done.toLocaleString()} of ${clone.progress.total.toLocaleString()}`
              : ""}
          </span>
          <Button size="small" onClick={clone.cancel}>
            Cancel
          </Button>
        </div>
        <Progress label="Clone" done={clone.progress?.done ?? 0} total={clone.progress?.total ?? null} />
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      {clone.error && (
        <div role="alert" className="flex items-start gap-2 rounded-[5px] bg-danger-soft p-2">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
          <div className="min-w-0">
            <p className="break-words">{clone.error.message}</p>
            {clone.error.hint && <p className="text-muted">{clone.error.hint}</p>}
            {clone.error.reference && <p className="font-mono text-xs text-faint">Reference {clone.error.reference}</p>}
          </div>
        </div>
      )}
      {failedBefore && !clone.error && (
        <p className="text-muted">The last clone was not finished. Nothing of it is left over.</p>
      )}
      <Button variant="primary" className="w-fit" onClick={clone.start}>
        <FolderDown aria-hidden className="size-4" />
        {clone.error || failedBefore ? "Try again" : "Clone and open"}
      </Button>
    </div>
  );
}
