import { type EditorController, useActivePath } from "@/components/editor";
import { Explorer, type FileDialog, type ScratchpadDialog, Scratchpads } from "@/components/files";
import type { Store } from "@/components/shell";
import type { GitStatus } from "@/server/contract";

/** The project's files and the person's scratchpads. Only this follows which of them is open, and not the whole screen. */
export function FilesPane({
  controller,
  workspaceId,
  projectName,
  changes,
  readOnly,
  dialogs,
  scratchpadDialogs,
  onPreview,
}: {
  controller: EditorController;
  workspaceId: string;
  projectName: string;
  changes: GitStatus["changes"];
  readOnly: boolean;
  dialogs: Store<FileDialog | null>;
  scratchpadDialogs: Store<ScratchpadDialog | null>;
  /** Shows a file's rows; null where this person may not. */
  onPreview: ((path: string) => void) | null;
}) {
  const activePath = useActivePath(controller);
  return (
    <div className="flex h-full flex-col">
      <div className="min-h-0 flex-1">
        <Explorer
          workspaceId={workspaceId}
          projectName={projectName}
          activePath={activePath}
          changes={changes}
          readOnly={readOnly}
          dialogs={dialogs}
          onOpen={(path, options) => controller.open(path, options)}
          onSoon={(path) => controller.openSoon(path)}
          onRenamed={(from, to) => controller.renamed(from, to)}
          onPreview={onPreview}
        />
      </div>
      {!readOnly && (
        <Scratchpads
          workspaceId={workspaceId}
          activePath={activePath}
          dialogs={scratchpadDialogs}
          onOpen={(path) => controller.open(path)}
          onRemoved={(path) => controller.removed(path)}
        />
      )}
    </div>
  );
}
