"use client";
import { ContextMenu as BaseContext } from "@base-ui/react/context-menu";
import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { classNames } from "./class-names";

const itemClass =
  "flex h-row min-w-44 items-center gap-2 px-2.5 rounded-[4px] outline-none select-none data-highlighted:bg-selected data-disabled:opacity-50";

export interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom";
  children: ReactNode;
}

/** A menu behind a button. */
export function Menu({ trigger, align = "start", side = "bottom", children }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} side={side} sideOffset={4} className="z-50 outline-none">
          <Base.Popup className="popup max-h-[70vh] overflow-auto p-1">{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** A menu on right click (or the menu key) of `trigger`. The same items work in both kinds of menu. */
export function ContextMenu({
  trigger,
  children,
  onOpenChange,
}: {
  trigger: ReactElement;
  children: ReactNode;
  onOpenChange?: (open: boolean) => void;
}) {
  return (
    <BaseContext.Root onOpenChange={(open) => onOpenChange?.(open)}>
      <BaseContext.Trigger render={trigger} />
      <BaseContext.Portal>
        <BaseContext.Positioner className="z-50 outline-none">
          <BaseContext.Popup className="popup p-1">{children}</BaseContext.Popup>
        </BaseContext.Positioner>
      </BaseContext.Portal>
    </BaseContext.Root>
  );
}

export interface MenuItemProps {
  icon?: ReactNode;
  keys?: string | undefined;
  danger?: boolean;
  disabled?: boolean;
  /** A radio or check mark in front. */
  checked?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

/** One command of a menu. With `checked` it is announced as a choice. */
export function MenuItem({ icon, keys, danger = false, disabled = false, checked, onSelect, children }: MenuItemProps) {
  const content = (
    <>
      {checked !== undefined && (
        <span className="flex size-4 items-center">{checked && <Check className="size-3.5" />}</span>
      )}
      {icon && <span className="flex text-muted [&_svg]:size-4">{icon}</span>}
      <span className="flex-1 truncate">{children}</span>
      {keys && <span className="pl-6 text-xs text-faint">{keys}</span>}
    </>
  );
  const className = classNames(itemClass, danger && "text-danger");
  if (checked === undefined) {
    return (
      <Base.Item disabled={disabled} onClick={onSelect} className={className}>
        {content}
      </Base.Item>
    );
  }
  return (
    <Base.CheckboxItem
      checked={checked}
      disabled={disabled}
      closeOnClick
      onCheckedChange={() => onSelect()}
      className={className}
    >
      {content}
    </Base.CheckboxItem>
  );
}

/** A menu item that is a link. */
export function MenuLink({ href, icon, children }: { href: string; icon?: ReactNode; children: ReactNode }) {
  return (
    <Base.LinkItem href={href} closeOnClick className={itemClass}>
      {icon && <span className="flex text-muted [&_svg]:size-4">{icon}</span>}
      <span className="flex-1 truncate">{children}</span>
    </Base.LinkItem>
  );
}

/** A named group of items. */
export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2.5 pt-1.5 pb-1 text-xs font-medium text-faint">{label}</Base.GroupLabel>
      {children}
    </Base.Group>
  );
}

/** A line between groups. */
export function MenuSeparator() {
  return <Base.Separator className="mx-1 my-1 h-px bg-line" />;
}
