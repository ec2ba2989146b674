import type { ReactNode } from "react";
import { classNames, Tooltip } from "@/components/ui";

/** The line at the bottom. Contained: the place of the cursor changes with each key, and nothing else is laid out or painted for it. */
export function StatusBar({ start, end }: { start: ReactNode; end: ReactNode }) {
  return (
    <footer className="isolate flex h-6 shrink-0 items-stretch justify-between gap-2 border-t border-line [contain:strict] bg-sunken px-1.5 text-xs text-muted">
      <div className="flex min-w-0 items-stretch">{start}</div>
      <div className="flex min-w-0 items-stretch">{end}</div>
    </footer>
  );
}

export interface StatusItemProps {
  /** What it is and what a click does. */
  label: string;
  tone?: "normal" | "danger" | "warning" | "success";
  onClick?: () => void;
  children: ReactNode;
}

/** One fact; clicking it opens what it names. */
export function StatusItem({ label, tone = "normal", onClick, children }: StatusItemProps) {
  const className = classNames(
    "flex items-center gap-1.5 px-1.5 whitespace-nowrap [&_svg]:size-3.5",
    tone === "danger" && "text-danger",
    tone === "warning" && "text-warning",
    tone === "success" && "text-success",
  );
  if (!onClick) {
    return <span className={className}>{children}</span>;
  }
  return (
    <Tooltip text={label} side="top">
      <button type="button" onClick={onClick} className={classNames(className, "hover:bg-hover")}>
        {children}
      </button>
    </Tooltip>
  );
}
