"use client";
import { TriangleAlert } from "lucide-react";
import { useRef, useState } from "react";
import { useStore } from "@/components/shell";
import { Button, Dialog } from "@/components/ui";
import type { Buffer } from "../model/buffers";
import type { EditorController } from "../model/controller";
import { DiffViewer } from "./diff-viewer";

interface ConflictProps {
  controller: EditorController;
  buffer: Buffer;
}

function ConflictActions({ controller, buffer, onDone, save }: ConflictProps & { onDone?: () => void; save: boolean }) {
  const { path } = buffer;
  const gone = buffer.changedUnderneath?.text === null;
  const keep = () => {
    if (save) {
      void controller.save(path, true);
    } else {
      controller.buffers.keepMine(path);
    }
    onDone?.();
  };
  const take = () => {
    if (gone) {
      controller.removed(path);
    } else {
      controller.buffers.takeTheirs(path);
    }
    onDone?.();
  };
  return (
    <>
      <Button size={save ? "normal" : "small"} onClick={take}>
        {gone ? "Close it" : "Take theirs"}
      </Button>
      <Button size={save ? "normal" : "small"} variant={save ? "primary" : "secondary"} onClick={keep}>
        {save ? (gone ? "Save it again" : "Overwrite") : "Keep mine"}
      </Button>
    </>
  );
}

/** Above the text: the file changed on disk while there is unsaved text. Nothing is decided until the person decides. */
export function ConflictBar({ controller, path }: { controller: EditorController; path: string }) {
  const buffer = useStore(controller.buffers.store, (buffers) => {
    const found = buffers.get(path);
    return found?.changedUnderneath ? found : null;
  });
  const [comparing, setComparing] = useState(false);
  if (!buffer) {
    return null;
  }
  const gone = buffer.changedUnderneath?.text === null;
  return (
    <div role="alert" className="flex shrink-0 items-center gap-2 border-b border-line bg-warning-soft px-3 py-1.5">
      <TriangleAlert aria-hidden className="size-4 shrink-0 text-warning" />
      <span className="min-w-0 flex-1">
        {gone
          ? "This file was deleted while you were editing it."
          : "This file changed on disk while you were editing it."}{" "}
        Your text is kept.
      </span>
      {!gone && (
        <Button size="small" onClick={() => setComparing(true)}>
          Compare
        </Button>
      )}
      <ConflictActions controller={controller} buffer={buffer} save={false} />
      <CompareDialog open={comparing} onOpenChange={setComparing} controller={controller} buffer={buffer} />
    </div>
  );
}

function CompareDialog({
  open,
  onOpenChange,
  controller,
  buffer,
}: ConflictProps & { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog
      open={open && buffer.changedUnderneath !== null}
      onOpenChange={onOpenChange}
      size="full"
      title={`Compare ${buffer.path}`}
      description="Left: what is on disk now. Right: your text."
      footer={<ConflictActions controller={controller} buffer={buffer} save onDone={() => onOpenChange(false)} />}
    >
      <div className="h-[60vh]">
        <DiffViewer
          label={`Comparison of ${buffer.path}`}
          path={buffer.path}
          before={buffer.changedUnderneath?.text ?? ""}
          after={buffer.text}
        />
      </div>
    </Dialog>
  );
}

/** Asked when a save met a change on disk. */
export function ConflictDialog({ controller }: { controller: EditorController }) {
  const path = useStore(controller.saver.conflict);
  const buffer = useStore(controller.buffers.store, (buffers) => (path === null ? undefined : buffers.get(path)));
  const [comparing, setComparing] = useState(false);
  if (!buffer?.changedUnderneath) {
    return null;
  }
  const close = () => {
    setComparing(false);
    controller.saver.conflict.set(null);
  };
  if (comparing) {
    return <CompareDialog open onOpenChange={(open) => !open && close()} controller={controller} buffer={buffer} />;
  }
  const gone = buffer.changedUnderneath.text === null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && close()}
      title={gone ? "The file was deleted" : "The file changed on disk"}
      description={`${buffer.path} was ${gone ? "deleted" : "changed by someone or something else"} since you started editing it. Nothing has been saved yet.`}
      footer={
        <>
          {!gone && <Button onClick={() => setComparing(true)}>Compare</Button>}
          <ConflictActions controller={controller} buffer={buffer} save onDone={close} />
        </>
      }
    />
  );
}

export interface CloseQuestion {
  paths: string[];
  proceed: () => void;
}

/** Asked before a tab with unsaved text closes. */
export function UnsavedDialog({
  controller,
  question,
  onDone,
}: {
  controller: EditorController;
  question: CloseQuestion | null;
  onDone: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const keeping = useRef<HTMLButtonElement>(null);
  if (!question) {
    return null;
  }
  const { paths, proceed } = question;
  async function save() {
    setBusy(true);
    const saved = await controller.saveAll(paths);
    setBusy(false);
    onDone();
    if (saved) {
      proceed();
    }
  }
  async function discard() {
    setBusy(true);
    await Promise.all(paths.map((path) => controller.revert(path)));
    setBusy(false);
    onDone();
    proceed();
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onDone()}
      size="small"
      // Enter, pressed before the question was read, loses nothing.
      initialFocus={keeping}
      title={
        paths.length === 1
          ? `Save the changes to ${paths[0]?.split("/").at(-1)}?`
          : `Save the changes to ${paths.length} files?`
      }
      description="Your changes are lost if you do not save them."
      footer={
        <>
          <Button disabled={busy} onClick={() => void discard()}>
            Don't save
          </Button>
          <Button onClick={onDone}>Cancel</Button>
          <Button ref={keeping} variant="primary" busy={busy} onClick={() => void save()}>
            Save
          </Button>
        </>
      }
    />
  );
}
