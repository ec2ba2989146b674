"use client";
import { Checkbox as Base } from "@base-ui/react/checkbox";
import { Check, Minus } from "lucide-react";
import type { ReactNode } from "react";
import { Beside } from "./beside";

export interface CheckboxProps {
  label: string;
  checked: boolean;
  indeterminate?: boolean;
  disabled?: boolean;
  onCheckedChange: (checked: boolean) => void;
  /** What stands beside it and is clicked as well. */
  children?: ReactNode;
}

/** A check box; `label` is its name, whether or not something stands beside it. */
export function Checkbox(props: CheckboxProps) {
  const { label, checked, indeterminate = false, disabled = false, onCheckedChange, children } = props;
  const box = (
    <Base.Root
      aria-label={label}
      checked={checked}
      indeterminate={indeterminate}
      disabled={disabled}
      onCheckedChange={onCheckedChange}
      className="inline-flex size-4 shrink-0 items-center justify-center rounded-[3px] border border-line-strong bg-canvas data-checked:border-transparent data-checked:bg-accent-solid data-checked:text-on-accent data-indeterminate:border-transparent data-indeterminate:bg-accent-solid data-indeterminate:text-on-accent data-disabled:opacity-50 focus-visible:outline-offset-1"
    >
      <Base.Indicator className="flex data-unchecked:hidden">
        {indeterminate ? <Minus className="size-3" /> : <Check className="size-3" />}
      </Base.Indicator>
    </Base.Root>
  );
  return <Beside text={children}>{box}</Beside>;
}
