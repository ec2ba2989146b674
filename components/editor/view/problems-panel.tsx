"use client";
import { CircleCheck, CircleX, Info, ScanSearch, TriangleAlert, Wrench } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { useStore } from "@/components/shell";
import { Button, EmptyState, Progress, toast } from "@/components/ui";
import type { EditorController } from "../model/controller";
import type { Linter } from "../model/linter";
import { countProblems, type Problem, type ProblemSeverity, type ProblemSource, withFix } from "../model/problems";
import type { CheckState, ProjectCheck } from "../model/project-check";

const sources: Record<ProblemSource, string> = {
  compile: "dbt",
  preview: "warehouse",
  project: "dbt project",
  diagnostics: "dbt",
  check: "dbt",
  lint: "SQLFluff",
  schema: "YAML",
};
const shownAtMost = 500;

export interface ProblemsPanelProps {
  controller: EditorController;
  check: ProjectCheck;
  linter: Linter;
  /** Every file of the project. */
  files: readonly string[];
  /** Fixes are for those who may change files. */
  readOnly: boolean;
  /** Writes a configuration of SQLFluff; null when this person may not. */
  onConfigureLint: (() => void) | null;
}

/** Every problem with its place, by file; choosing one goes there. Open files are looked at by themselves, the rest when asked. */
export function ProblemsPanel({ controller, check, linter, files, readOnly, onConfigureLint }: ProblemsPanelProps) {
  const problems = useStore(controller.problems.store);
  const state = useStore(check.state);
  const configured = useStore(linter.configured);
  const groups = useMemo(() => {
    const grouped = new Map<string, Problem[]>();
    for (const problem of problems.slice(0, shownAtMost)) {
      grouped.set(problem.path, [...(grouped.get(problem.path) ?? []), problem]);
    }
    return [...grouped];
  }, [problems]);
  const [chosen, setChosen] = useState<string | null>(null);
  // One stop of the Tab key for the whole list: the problem that had the focus last, or the first.
  const stop = useMemo(() => {
    const keys = groups.flatMap(([, inFile]) => inFile.map(keyOf));
    return chosen !== null && keys.includes(chosen) ? chosen : keys[0];
  }, [groups, chosen]);
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-8 shrink-0 items-center gap-3 border-b border-line px-3 text-xs text-muted">
        <p role="status" className="min-w-0 truncate">
          {described(state)}
        </p>
        {state.status === "running" && (
          <span className="w-40 shrink-0">
            <Progress label="Files looked at" done={state.done} total={state.total} />
          </span>
        )}
        <span className="ml-auto shrink-0">{counted(problems)}</span>
        {state.status === "running" ? (
          <Button size="small" onClick={() => check.stop()}>
            Cancel
          </Button>
        ) : (
          <Button size="small" variant="ghost" onClick={() => void check.check(files)}>
            <ScanSearch aria-hidden className="size-3.5" />
            {state.status === "idle" ? "Check the whole project" : "Check again"}
          </Button>
        )}
      </div>
      {configured === false && (
        <div className="flex shrink-0 items-center gap-2 border-b border-line bg-panel px-3 py-1 text-xs">
          <Info aria-hidden className="size-3.5 shrink-0 text-muted" />
          <p className="min-w-0 flex-1">
            SQLFluff checks no style here, because the project has no configuration of it.
          </p>
          {onConfigureLint && (
            <Button size="small" onClick={onConfigureLint}>
              Create .sqlfluff
            </Button>
          )}
        </div>
      )}
      {problems.length === 0 ? (
        <EmptyState
          icon={<CircleCheck />}
          title={
            state.status === "done" && !state.outdated ? "No problems in the project" : "No problems in open files"
          }
        >
          What dbt, SQLFluff, a YAML schema or the warehouse finds wrong in a file is listed here, with its line.
        </EmptyState>
      ) : (
        <ul aria-label="Problems" className="min-h-0 flex-1 overflow-auto py-1" onKeyDown={moveFocus}>
          {groups.map(([path, inFile]) => (
            <li key={path}>
              <p className="flex gap-2 px-3 py-1 text-xs text-muted">
                <span className="font-medium text-ink">{path.split("/").at(-1)}</span>
                {path.split("/").slice(0, -1).join("/")}
              </p>
              <ul aria-label={path}>
                {inFile.map((problem) => (
                  <ProblemRow
                    key={keyOf(problem)}
                    problem={problem}
                    tabIndex={keyOf(problem) === stop ? 0 : -1}
                    onFocus={() => setChosen(keyOf(problem))}
                    onOpen={() => controller.open(problem.path, { place: placeOf(problem) })}
                    onFix={readOnly ? null : fixOf(controller, problem)}
                  />
                ))}
              </ul>
            </li>
          ))}
          {problems.length > shownAtMost && (
            <li className="px-3 py-1 text-muted">{problems.length - shownAtMost} more are not shown.</li>
          )}
        </ul>
      )}
    </div>
  );
}

function described({ status, done, total, outdated, message }: CheckState): string {
  const files = `${total.toLocaleString()} ${total === 1 ? "file" : "files"}`;
  switch (status) {
    case "idle":
      return "Problems of the open files";
    case "running":
      return `${done.toLocaleString()} of ${files} looked at`;
    case "done":
      return outdated ? "The project has changed since it was checked" : `Problems of the whole project, ${files}`;
    case "stopped":
      return `Stopped after ${done.toLocaleString()} of ${files}`;
    case "failed":
      return `The check stopped after ${done.toLocaleString()} of ${files}: ${message ?? "the session did not answer"}`;
  }
}

function keyOf({ source, path, line, column, message }: Problem): string {
  return `${path} ${source} ${line} ${column} ${message}`;
}

/** Where a problem stands, as the text editor takes it. */
function placeOf({ line, column }: Problem) {
  return { line, column };
}

/** How many problems of each severity, in words. */
function counted(problems: readonly Problem[]): string {
  const { error, warning, info } = countProblems(problems);
  const words = [
    error > 0 && `${error.toLocaleString()} ${error === 1 ? "error" : "errors"}`,
    warning > 0 && `${warning.toLocaleString()} ${warning === 1 ? "warning" : "warnings"}`,
    info > 0 && `${info.toLocaleString()} ${info === 1 ? "hint" : "hints"}`,
  ];
  return words.filter(Boolean).join(" · ");
}

/** The best fix of a problem, while the text is what it was found in; null for none. */
function fixOf(controller: EditorController, problem: Problem): { title: string; apply: () => void } | null {
  const fix = problem.fixes[0];
  const version = controller.buffers.get(problem.path)?.version;
  if (!fix || fix.version !== version) {
    return null;
  }
  return {
    title: fix.title,
    apply: () => {
      const buffer = controller.buffers.get(problem.path);
      if (buffer?.version !== fix.version) {
        toast("The text has changed since. Its problems are looked for again.");
        return;
      }
      controller.buffers.replaceText(problem.path, withFix(buffer.text, fix));
      controller.open(problem.path, { place: placeOf(problem) });
    },
  };
}

/** Arrows, Home and End go through the problems, as in any list; Tab goes to a problem's fix. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-problem]")];
  const here = (event.target as HTMLElement).closest("li")?.querySelector<HTMLElement>("[data-problem]");
  const at = here ? rows.indexOf(here) : -1;
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
  const to = steps[event.key];
  if (to !== undefined && at >= 0) {
    event.preventDefault();
    rows[Math.max(0, Math.min(rows.length - 1, to))]?.focus();
  }
}

function ProblemRow({
  problem,
  tabIndex,
  onFocus,
  onOpen,
  onFix,
}: {
  problem: Problem;
  tabIndex: number;
  onFocus: () => void;
  onOpen: () => void;
  onFix: { title: string; apply: () => void } | null;
}) {
  return (
    <li className="flex items-start gap-1 pr-3 hover:bg-hover" onFocus={onFocus}>
      <button
        type="button"
        data-problem
        tabIndex={tabIndex}
        className="flex min-w-0 flex-1 items-start gap-2 py-1 pl-6 text-left"
        onClick={onOpen}
      >
        <SeverityIcon severity={problem.severity} />
        <span className="min-w-0 flex-1">
          <span className="line-clamp-3 whitespace-pre-wrap break-words">{problem.message}</span>
          {problem.hint && <span className="block text-muted">{problem.hint}</span>}
        </span>
        <span className="shrink-0 pt-px text-xs text-muted tabular-nums">
          {sources[problem.source]}
          {problem.code === null ? "" : ` ${problem.code}`} · Ln {problem.line}, Col {problem.column}
        </span>
      </button>
      {onFix && (
        <Button
          size="small"
          variant="ghost"
          className="mt-0.5"
          tabIndex={tabIndex}
          title={onFix.title}
          onClick={onFix.apply}
        >
          <Wrench aria-hidden className="size-3" />
          Fix
        </Button>
      )}
    </li>
  );
}

function SeverityIcon({ severity }: { severity: ProblemSeverity }) {
  switch (severity) {
    case "error":
      return <CircleX aria-label="Error" className="mt-0.5 size-4 shrink-0 text-danger" />;
    case "warning":
      return <TriangleAlert aria-label="Warning" className="mt-0.5 size-4 shrink-0 text-warning" />;
    case "info":
      return <Info aria-label="Information" className="mt-0.5 size-4 shrink-0 text-muted" />;
  }
}
