"use client";
import { CircleCheck, CircleX } from "lucide-react";
import { useStore } from "@/components/shell";
import { EmptyState } from "@/components/ui";
import type { EditorController } from "../model/controller";

const sources = { compile: "dbt", preview: "warehouse", project: "dbt project" } as const;

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
        <li key={`${problem.source} ${problem.path} ${problem.line} ${problem.message}`}>
          <button
            type="button"
            className="flex w-full items-start gap-2 px-3 py-1 text-left hover:bg-hover"
            onClick={() => controller.open(problem.path, { place: { line: problem.line, column: problem.column } })}
          >
            <CircleX aria-label="Error" className="mt-0.5 size-4 shrink-0 text-danger" />
            <span className="min-w-0 flex-1">
              <span className="line-clamp-3 whitespace-pre-wrap break-words">{problem.message}</span>
              {problem.hint && <span className="block text-muted">{problem.hint}</span>}
            </span>
            <span className="shrink-0 text-xs text-muted">
              {sources[problem.source]} · {problem.path} [{problem.line}, {problem.column}]
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
