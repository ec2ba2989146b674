"use client";
import { CircleCheck, CircleX, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useStore } from "@/components/shell";
import { EmptyState } from "@/components/ui";
import type { EditorController } from "../model/controller";
import type { ProblemSource, Severity } from "../model/problems";

const sources: Record<ProblemSource, string> = {
  compile: "dbt",
  preview: "warehouse",
  project: "dbt project",
  dbt: "dbt",
  sqlfluff: "SQLFluff",
  yaml: "YAML",
};

const icons: Record<Severity, ReactNode> = {
  error: <CircleX aria-label="Error" className="mt-0.5 size-4 shrink-0 text-danger" />,
  warning: <TriangleAlert aria-label="Warning" className="mt-0.5 size-4 shrink-0 text-warning" />,
  info: <Info aria-label="Note" className="mt-0.5 size-4 shrink-0 text-muted" />,
};

/** Every problem with its place; choosing one goes there. */
export function ProblemsPanel({ controller }: { controller: EditorController }) {
  const problems = useStore(controller.problems.store);
  if (problems.length === 0) {
    return (
      <EmptyState icon={<CircleCheck />} title="No problems">
        What dbt or the warehouse refuses in an open file is listed here, with its line.
      </EmptyState>
    );
  }
  return (
    <ul aria-label="Problems" className="py-1">
      {problems.map((problem) => (
        <li key={`${problem.source} ${problem.path} ${problem.line}:${problem.column} ${problem.message}`}>
          <button
            type="button"
            className="flex w-full items-start gap-2 px-3 py-1 text-left hover:bg-hover"
            onClick={() => controller.open(problem.path, { place: { line: problem.line, column: problem.column } })}
          >
            {icons[problem.severity]}
            <span className="min-w-0 flex-1">
              <span className="line-clamp-3 whitespace-pre-wrap break-words">{problem.message}</span>
              {problem.hint && <span className="block text-muted">{problem.hint}</span>}
            </span>
            <span className="shrink-0 text-xs text-muted">
              {sources[problem.source]}
              {problem.code && ` (${problem.code})`} · {problem.path} [{problem.line}, {problem.column}]
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
