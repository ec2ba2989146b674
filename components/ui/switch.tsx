"use client";
import { Switch as Base } from "@base-ui/react/switch";
import type { ReactNode } from "react";
import { Beside } from "./beside";

export interface SwitchProps {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onCheckedChange: (checked: boolean) => void;
  /** What stands beside it and is clicked as well. */
  children?: ReactNode;
}

/** An on/off switch that takes effect at once; `label` is its name, whether or not something stands beside it. */
export function Switch({ label, checked, disabled = false, onCheckedChange, children }: SwitchProps) {
  const control = (
    <Base.Root
      aria-label={label}
      checked={checked}
      disabled={disabled}
      onCheckedChange={onCheckedChange}
      className="inline-flex h-[18px] w-8 shrink-0 items-center rounded-full border border-line-strong bg-sunken p-px transition-colors data-checked:border-transparent data-checked:bg-accent-solid data-disabled:opacity-50 focus-visible:outline-offset-1"
    >
      <Base.Thumb className="size-3.5 rounded-full bg-line-strong transition-transform data-checked:translate-x-3.5 data-checked:bg-on-accent" />
    </Base.Root>
  );
  return <Beside text={children}>{control}</Beside>;
}
