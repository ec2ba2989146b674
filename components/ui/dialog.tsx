"use client";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, type RefObject, useState } from "react";
import { Button, type ButtonProps } from "./button";
import { classNames } from "./class-names";

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  footer?: ReactNode;
  size?: "small" | "medium" | "large" | "full";
  /** Where the focus begins; its first field or button unless it is said. */
  initialFocus?: RefObject<HTMLElement | null>;
  children?: ReactNode;
}

const sizes = { small: "w-[420px]", medium: "w-[560px]", large: "w-[820px]", full: "w-[1200px] h-[85vh]" };

/** A modal dialog; focus is kept inside and returns to where it was. */
export function Dialog(props: DialogProps) {
  const { open, onOpenChange, title, description, footer, size = "medium", initialFocus, children } = props;
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Base.Popup
          {...(initialFocus ? { initialFocus } : {})}
          className={classNames(
            "popup fixed top-[12vh] left-1/2 z-40 flex max-h-[80vh] max-w-[calc(100vw-2rem)] -translate-x-1/2 flex-col",
            size === "full" && "top-[6vh] max-h-[88vh]",
            sizes[size],
          )}
        >
          <header className="py-3 pr-12 pb-2 pl-4">
            <Base.Title className="text-[15px] font-semibold">{title}</Base.Title>
            {description && <Base.Description className="mt-0.5 text-muted">{description}</Base.Description>}
          </header>
          {children && <div className="min-h-0 flex-1 overflow-auto px-4 py-2">{children}</div>}
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{footer}</footer>
          )}
          {/* Last, so that the focus begins in the dialog's own fields. */}
          <div className="absolute top-2.5 right-3">
            {/* Without a tooltip: Escape would close that first, and the dialog with the second press only. */}
            <Base.Close
              aria-label="Close"
              className="inline-flex size-6 items-center justify-center rounded-[4px] text-muted hover:bg-hover hover:text-ink [&_svg]:size-4"
            >
              <X />
            </Base.Close>
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** For `onConfirm`: the end of a mutation, whichever it is. What goes wrong is told by the mutation's own `onError`. */
export function settled(mutation: Promise<unknown>): Promise<void> {
  return mutation.then(
    () => undefined,
    () => undefined,
  );
}

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: ReactNode;
  confirm: string;
  variant?: ButtonProps["variant"];
  /** The dialog stays open and busy until the promise settles; the caller reports failures. */
  onConfirm: () => void | Promise<void>;
  children?: ReactNode;
}

/** Says what will happen before it happens; the button names the act. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  description,
  confirm,
  variant = "primary",
  onConfirm,
  children,
}: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  async function act() {
    setBusy(true);
    try {
      await onConfirm();
      onOpenChange(false);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      description={description}
      size="small"
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button variant={variant} busy={busy} onClick={act}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
