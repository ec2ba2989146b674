import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names";

export interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  /** What to do. */
  children?: ReactNode;
  actions?: ReactNode;
  className?: string;
}

/** There is nothing here, said for a person: why, and what to do. */
export function EmptyState({ icon, title, children, actions, className }: EmptyStateProps) {
  return (
    <div
      className={classNames(
        "flex h-full flex-col items-center justify-center-safe gap-2 overflow-auto p-6 text-center",
        className,
      )}
    >
      {icon && <div className="text-faint [&_svg]:size-7">{icon}</div>}
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-[46ch] text-muted">{children}</div>}
      {actions && <div className="mt-1 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

/**
 * A message from a tool. One of several lines keeps its columns, because a compiler's caret points at the place above it; one line
 * wraps like any text.
 */
export function Message({ text, className }: { text: string; className?: string }) {
  if (!text.trim().includes("\n")) return <p className={classNames("break-words", className)}>{text}</p>;
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard.
      tabIndex={0}
      className={classNames("overflow-auto text-left font-mono text-xs leading-5 whitespace-pre", className)}
    >
      {text.replace(/^\n+|\s+$/g, "")}
    </pre>
  );
}

export interface ErrorStateProps {
  title: string;
  message: string;
  hint?: string | null | undefined;
  /** Reference id that leads to the log line. */
  reference?: string | null | undefined;
  actions?: ReactNode;
  className?: string;
}

/** What happened and what to do, with the reference id to quote. A tool's message of several lines has the whole width. */
export function ErrorState({ title, message, hint, reference, actions, className }: ErrorStateProps) {
  if (message.trim().includes("\n")) {
    return (
      <div role="alert" className={classNames("flex h-full flex-col gap-2 overflow-auto p-3", className)}>
        <div className="flex shrink-0 flex-wrap items-center gap-2">
          <CircleAlert aria-hidden className="size-4 shrink-0 text-danger" />
          <p className="min-w-0 flex-1 font-medium">{title}</p>
          {actions}
        </div>
        <Message text={message} className="shrink-0 rounded-[5px] border border-line bg-panel px-3 py-2 text-ink" />
        {hint && <p className="max-w-[80ch]">{hint}</p>}
        {reference && <p className="font-mono text-xs text-faint">Reference {reference}</p>}
      </div>
    );
  }
  return (
    <div
      role="alert"
      className={classNames(
        "flex h-full flex-col items-center justify-center-safe gap-2 overflow-auto p-6 text-center",
        className,
      )}
    >
      <CircleAlert aria-hidden className="size-7 shrink-0 text-danger" />
      <p className="font-medium">{title}</p>
      <Message text={message} className="max-w-[64ch] text-muted" />
      {hint && <p className="max-w-[64ch]">{hint}</p>}
      {reference && <p className="font-mono text-xs text-faint">Reference {reference}</p>}
      {actions && <div className="mt-1 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
