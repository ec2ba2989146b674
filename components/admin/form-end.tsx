import type { ReactNode } from "react";
import { errorText } from "@/components/api";
import { Button } from "@/components/ui";

export interface FormEndProps {
  /** Why it was not saved; null when nothing went wrong. */
  error: unknown;
  /** What the button that saves says. */
  submit: string;
  busy: boolean;
  disabled?: boolean;
  onCancel: () => void;
  /** Further buttons, before the usual two. */
  children?: ReactNode;
}

/** The end of a form in a dialog: what went wrong, cancel, and the button that saves. */
export function FormEnd({ error, submit, busy, disabled = false, onCancel, children }: FormEndProps) {
  return (
    <>
      {error !== null && (
        <p role="alert" className="text-danger">
          {errorText(error)}
        </p>
      )}
      {/* In sight however long the form is. */}
      <div className="sticky -bottom-2 -mx-4 -mb-2 flex justify-end gap-2 border-t border-line bg-raised px-4 py-3">
        {children}
        <Button onClick={onCancel}>Cancel</Button>
        <Button variant="primary" type="submit" busy={busy} disabled={disabled}>
          {submit}
        </Button>
      </div>
    </>
  );
}
