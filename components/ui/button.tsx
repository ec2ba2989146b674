import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./class-names";
import { Spinner } from "./spinner";
import { Tooltip } from "./tooltip";

const variants = {
  primary: "bg-accent-solid text-on-accent hover:bg-accent-hover border-transparent",
  secondary: "bg-raised text-ink border-line-strong hover:bg-hover",
  ghost: "bg-transparent text-ink border-transparent hover:bg-hover",
  danger: "bg-danger-solid text-on-accent border-transparent hover:brightness-110",
} as const;

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: keyof typeof variants;
  size?: "small" | "normal";
  /** Shows a spinner and refuses clicks while true. */
  busy?: boolean;
}

/** A text button. `busy` keeps its width and its name. */
export function Button({
  variant = "secondary",
  size = "normal",
  busy = false,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={classNames(
        "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-[5px] border font-medium whitespace-nowrap select-none transition-colors disabled:opacity-55 disabled:pointer-events-none focus-visible:outline-offset-1",
        size === "small" ? "h-6 px-2 text-xs" : "h-control px-3",
        variants[variant],
        className,
      )}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** Accessible name, also the tooltip. */
  label: string;
  /** Shown after the label in the tooltip. */
  keys?: string;
  icon: ReactNode;
  /** A toggle's state. */
  pressed?: boolean;
  tooltipSide?: "top" | "bottom" | "left" | "right";
}

/** A square button with an icon; its name is a tooltip for the eyes and a label for everyone else. */
export function IconButton({
  label,
  keys,
  icon,
  pressed,
  tooltipSide = "bottom",
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label} keys={keys} side={tooltipSide}>
      <button
        type="button"
        {...rest}
        aria-label={label}
        aria-pressed={pressed}
        className={classNames(
          "inline-flex size-6 shrink-0 items-center justify-center rounded-[4px] text-muted transition-colors hover:bg-hover hover:text-ink disabled:opacity-45 disabled:pointer-events-none aria-pressed:bg-selected aria-pressed:text-ink [&_svg]:size-4",
          className,
        )}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
