"use client";
import { Toaster as Sonner, toast } from "sonner";

/** Where toasts appear. Mounted once, in the root layout. Toasts are for news that needs no answer; states belong in their panel. */
export function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      offset={36}
      gap={8}
      visibleToasts={4}
      closeButton
      toastOptions={{
        classNames: {
          toast: "popup! bg-raised! text-ink! border-line! text-[13px]! font-sans!",
          description: "text-muted!",
          actionButton: "bg-accent-solid! text-on-accent!",
          closeButton: "bg-raised! text-ink! border-line!",
        },
      }}
    />
  );
}
export { toast };
