"use client";
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { classNames } from "./class-names";

export interface TabItem<Value extends string> {
  value: Value;
  label: ReactNode;
  content: ReactNode;
  /** Keep the content mounted while another tab is shown. */
  keepMounted?: boolean;
}
export interface TabsProps<Value extends string> {
  /** Name of the tab list. */
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  items: readonly TabItem<Value>[];
  /** Shown at the right end of the tab row. */
  actions?: ReactNode;
  className?: string;
}

/** A row of tabs over one panel that fills the rest. */
export function Tabs<Value extends string>({ label, value, onChange, items, actions, className }: TabsProps<Value>) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next) => onChange(next as Value)}
      className={classNames("flex h-full min-h-0 flex-col", className)}
    >
      <div className="flex h-8 shrink-0 items-stretch gap-2 border-b border-line pr-2">
        <Base.List aria-label={label} className="flex items-stretch pl-1">
          {items.map((item) => (
            <Base.Tab
              key={item.value}
              value={item.value}
              className="-mb-px flex items-center gap-1.5 border-b-2 border-transparent px-2.5 text-muted select-none hover:text-ink data-active:border-accent data-active:text-ink"
            >
              {item.label}
            </Base.Tab>
          ))}
        </Base.List>
        {actions && <div className="ml-auto flex min-w-0 items-center gap-1">{actions}</div>}
      </div>
      {items.map((item) => (
        <Base.Panel
          key={item.value}
          value={item.value}
          keepMounted={item.keepMounted ?? false}
          className="min-h-0 flex-1 overflow-auto outline-none data-hidden:hidden"
        >
          {item.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
