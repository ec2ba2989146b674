import { CircleX, GitBranch } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { countProblems, type EditorController } from "@/components/editor";
import { type DbtSession, SessionStatusItems } from "@/components/session";
import { afterPaint, StatusBar, StatusItem, useStore } from "@/components/shell";
import type { GitStatus } from "@/server/contract";

export interface WorkbenchStatusProps {
  controller: EditorController;
  session: DbtSession;
  git: Pick<GitStatus, "ahead" | "behind"> | null;
  branch: string | null;
  readOnly: boolean;
  /** What the session defers to; null without an environment. */
  defer: ReactNode;
  onProblems: () => void;
  onVersionControl: () => void;
}

/** The line at the foot of the screen: how the session, the branch, the problems and the cursor stand. */
export function WorkbenchStatus({
  controller,
  session,
  git,
  branch,
  readOnly,
  defer,
  onProblems,
  onVersionControl,
}: WorkbenchStatusProps) {
  const counts = countProblems(useStore(controller.problems.store));
  const problems = counts.error + counts.warning;
  const unsaved = useStore(controller.buffers.store, () => controller.buffers.dirty().length);
  return (
    <StatusBar
      start={
        <>
          <SessionStatusItems session={session} onShowProblems={onProblems} />
          <StatusItem label="Show version control" onClick={onVersionControl}>
            <GitBranch aria-hidden />
            {branch ?? "no branch"}
            {git && (git.ahead || git.behind) ? ` ↑${git.ahead ?? 0} ↓${git.behind ?? 0}` : ""}
          </StatusItem>
          <StatusItem
            label="Show problems"
            tone={counts.error > 0 ? "danger" : problems > 0 ? "warning" : "normal"}
            onClick={onProblems}
          >
            <CircleX aria-hidden />
            {problems} {problems === 1 ? "problem" : "problems"}
          </StatusItem>
          {readOnly && <StatusItem label="Your role does not allow to change files">read only</StatusItem>}
        </>
      }
      end={
        <>
          {unsaved > 0 && (
            <StatusItem label="Save all" onClick={() => void controller.saveAll()}>
              {unsaved} unsaved
            </StatusItem>
          )}
          {defer}
          <CursorItem controller={controller} onClick={() => controller.port?.run("editor.action.gotoLine")} />
          {session.status.dbtVersion && (
            <StatusItem label="Engine">
              dbt {session.status.dbtVersion} · {session.status.adapter}
            </StatusItem>
          )}
        </>
      }
    />
  );
}

/**
 * Where the cursor is. Written into the page without a rendering of its own, and not in the key's frame: browsers draw the rectangle around
 * all that has changed, and from the text to the foot of the screen that is most of it. It goes into the frame after that, which
 * suggestions take as well: a key that comes soon after any frame waits for the next tick of the screen.
 */
function CursorItem({ controller, onClick }: { controller: EditorController; onClick: () => void }) {
  const known = useStore(controller.cursor, (cursor) => cursor !== null);
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let giveUp: (() => void) | null = null;
    const write = () => {
      giveUp = null;
      const cursor = known ? controller.cursor.get() : null;
      if (place.current && cursor) {
        const selected = cursor.selected > 0 ? ` (${cursor.selected} selected)` : "";
        place.current.textContent = `Ln ${cursor.line}, Col ${cursor.column}${selected}`;
      }
    };
    write();
    const stop = controller.cursor.subscribe(() => {
      giveUp ??= afterPaint(write);
    });
    return () => {
      stop();
      giveUp?.();
    };
  }, [controller, known]);
  return (
    known && (
      <StatusItem label="Go to line" onClick={onClick}>
        <span ref={place} />
      </StatusItem>
    )
  );
}
