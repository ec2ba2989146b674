"use client";
import { CircleCheck, CircleX, Info, TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import { useStore } from "@/components/shell";
import { EmptyState } from "@/components/ui";
import type { EditorController } from "../model/controller";
import type { Problem, ProblemSeverity, ProblemSource } from "../model/problems";

const sources: Record<ProblemSource, string> = {
  compile: "dbt",
  preview: "warehouse",
  project: "dbt project",
  diagnostics: "dbt",
  lint: "SQLFluff",
  schema: "YAML",
};
const shownAtMost = 500;

/** Every problem with its place, by file; choosing one goes there. */
export function ProblemsPanel({ controller }: { controller: EditorController }) {
  const problems = useStore(controller.problems.store);
  const files = useMemo(() => {
    const grouped = new Map<string, Problem[]>();
    for (const problem of problems.slice(0, shownAtMost)) {
      grouped.set(problem.path, [...(grouped.get(problem.path) ?? []), problem]);
    }
    return [...grouped];
  }, [problems]);
  if (problems.length === 0) {
    return (
      <EmptyState icon={<CircleCheck />} title="No problems">
        What dbt, SQLFluff, a YAML schema or the warehouse finds wrong in a file is listed here, with its line.
      </EmptyState>
    );
  }
  return (
    <ul aria-label="Problems" className="py-1">
      {files.map(([path, inFile]) => (
        <li key={path}>
          <p className="flex gap-2 px-3 py-1 text-xs text-muted">
            <span className="font-medium text-ink">{path.split("/").at(-1)}</span>
            {path.split("/").slice(0, -1).join("/")}
          </p>
          <ul aria-label={path}>
            {inFile.map((problem) => (
              <ProblemRow
                key={`${problem.source} ${problem.line} ${problem.column} ${problem.message}`}
                problem={problem}
                onOpen={() => controller.open(problem.path, { place: { line: problem.line, column: problem.column } })}
              />
            ))}
          </ul>
        </li>
      ))}
      {problems.length > shownAtMost && (
        <li className="px-3 py-1 text-muted">{problems.length - shownAtMost} more are not shown.</li>
      )}
    </ul>
  );
}

function ProblemRow({ problem, onOpen }: { problem: Problem; onOpen: () => void }) {
  return (
    <li>
      <button
        type="button"
        className="flex w-full items-start gap-2 py-1 pr-3 pl-6 text-left hover:bg-hover"
        onClick={onOpen}
      >
        <SeverityIcon severity={problem.severity} />
        <span className="min-w-0 flex-1">
          <span className="line-clamp-3 whitespace-pre-wrap break-words">{problem.message}</span>
          {problem.hint && <span className="block text-muted">{problem.hint}</span>}
        </span>
        <span className="shrink-0 text-xs text-muted">
          {sources[problem.source]}
          {problem.code === null ? "" : ` ${problem.code}`} · {problem.path} [{problem.line}, {problem.column}]
        </span>
      </button>
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
