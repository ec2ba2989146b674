import type { ReactNode } from "react";

/** A control, and text beside it that is clicked as well. The control has a name of its own, so the text is for the eyes. */
export function Beside({ text, children }: { text: ReactNode; children: ReactNode }) {
  if (text === undefined || text === null) return children;
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is in the children, and has a name of its own.
    <label className="inline-flex min-w-0 items-center gap-2 select-none">
      {children}
      <span aria-hidden className="inline-flex min-w-0 items-center gap-2">
        {text}
      </span>
    </label>
  );
}
