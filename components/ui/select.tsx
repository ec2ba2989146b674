"use client";
import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import { classNames } from "./class-names";

export interface SelectProps<Value extends string> {
  /** Accessible name; give `id` instead when a visible label points at it. */
  label?: string;
  id?: string;
  value: Value | null;
  options: readonly { value: Value; label: string; hint?: string }[];
  onChange: (value: Value) => void;
  placeholder?: string;
  disabled?: boolean;
  /** `bare` has no border until hovered, for bars. */
  variant?: "field" | "bare";
  className?: string;
}

/** A choice of one from a short list. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const {
    label,
    id,
    value,
    options,
    onChange,
    placeholder = "Choose",
    disabled = false,
    variant = "field",
    className,
  } = props;
  return (
    <Base.Root
      items={options}
      value={value}
      disabled={disabled}
      onValueChange={(next) => next !== null && onChange(next as Value)}
      modal={false}
    >
      <Base.Trigger
        id={id}
        aria-label={label}
        className={classNames(
          "inline-flex items-center justify-between gap-2 text-left whitespace-nowrap select-none data-disabled:opacity-55",
          variant === "field" ? "field" : "h-6 rounded-[4px] px-1.5 text-muted hover:bg-hover hover:text-ink",
          className,
        )}
      >
        <Base.Value className="truncate" placeholder={placeholder} />
        <Base.Icon>
          <ChevronDown className="size-3.5 text-faint" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
          <Base.Popup className="popup max-h-[60vh] min-w-[var(--anchor-width)] overflow-auto p-1">
            <Base.List>
              {options.map((option) => (
                <Base.Item
                  key={option.value}
                  value={option.value}
                  className="flex min-h-row items-center gap-2 rounded-[4px] px-2 outline-none select-none data-highlighted:bg-selected"
                >
                  <span className="flex size-4 items-center">
                    <Base.ItemIndicator>
                      <Check className="size-3.5" />
                    </Base.ItemIndicator>
                  </span>
                  <Base.ItemText>{option.label}</Base.ItemText>
                  {option.hint && <span className="ml-auto pl-4 text-xs text-faint">{option.hint}</span>}
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
