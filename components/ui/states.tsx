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
    <div className={classNames("flex h-full flex-col items-center justify-center gap-2 p-6 text-center", className)}>
      {icon && <div className="text-faint [&_svg]:size-7">{icon}</div>}
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-[46ch] text-muted">{children}</div>}
      {actions && <div className="mt-1 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
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

/** What happened and what to do, with the reference id to quote. */
export function ErrorState({ title, message, hint, reference, actions, className }: ErrorStateProps) {
  return (
    <div
      role="alert"
      className={classNames("flex h-full flex-col items-center justify-center gap-2 p-6 text-center", className)}
    >
      <CircleAlert aria-hidden className="size-7 text-danger" />
      <p className="font-medium">{title}</p>
      <p className="max-w-[64ch] whitespace-pre-wrap text-muted">{message}</p>
      {hint && <p className="max-w-[64ch]">{hint}</p>}
      {reference && <p className="font-mono text-xs text-faint">Reference {reference}</p>}
      {actions && <div className="mt-1 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
