"use client";
import { LoaderCircle } from "lucide-react";
import { classNames } from "./class-names";
import { Turning, useSteps } from "./turning";

/** Decorative: the text beside it says what is going on. */
export function Spinner({ className }: { className?: string }) {
  return <Turning on icon={LoaderCircle} className={classNames("size-4", className)} />;
}

export interface ProgressProps {
  label: string;
  /** Done and total in the same unit; a null total shows that work goes on without saying how much is left. */
  done: number;
  total: number | null;
}

/** A named progress bar. */
export function Progress({ label, done, total }: ProgressProps) {
  const percent = total && total > 0 ? Math.min(100, Math.round((done / total) * 100)) : null;
  // A third of the way is covered; what is left has two thirds of its own width, there and back.
  const bar = useSteps<HTMLDivElement>(percent === null, (steps) => `translateX(${Math.abs(8 - (steps % 16)) * 25}%)`);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
      className="h-1.5 w-full overflow-hidden rounded-full bg-sunken"
    >
      <div
        ref={bar}
        className={classNames("h-full rounded-full bg-accent", percent === null ? "w-1/3" : "transition-[width]")}
        style={percent === null ? undefined : { width: `${percent}%` }}
      />
    </div>
  );
}

/** Lines that hold the place of content while it loads. */
export function Skeleton({ lines = 3, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-2 p-3">
      {Array.from({ length: lines }, (_, index) => (
        <div
          key={`line-${index.toString()}`}
          className="h-3 rounded bg-hover"
          style={{ width: `${90 - ((index * 23) % 45)}%` }}
        />
      ))}
    </div>
  );
}
