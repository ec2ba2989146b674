"use client";
import { Checkbox as Base } from "@base-ui/react/checkbox";
import { Check, Minus } from "lucide-react";

export interface CheckboxProps {
  label: string;
  checked: boolean;
  indeterminate?: boolean;
  disabled?: boolean;
  onCheckedChange: (checked: boolean) => void;
}

/** A check box without visible text; `label` is its name. */
export function Checkbox({ label, checked, indeterminate = false, disabled = false, onCheckedChange }: CheckboxProps) {
  return (
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
}
