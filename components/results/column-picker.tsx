import { Plus, X } from "lucide-react";
import { Button, Menu, MenuItem } from "@/components/ui";
import type { ResultColumn } from "./result-data";

/** Columns chosen in order, each with a way to take it out, and a menu of the others. */
export function ColumnPicker({
  label,
  columns,
  chosen,
  onChange,
  most = 4,
  extra = [],
}: {
  label: string;
  columns: readonly ResultColumn[];
  chosen: readonly number[];
  onChange: (chosen: number[]) => void;
  most?: number;
  /** Choices besides the columns, by negative numbers. */
  extra?: readonly { index: number; name: string }[];
}) {
  const choices = [...extra, ...columns.map(({ name }, index) => ({ index, name }))];
  const nameOf = (index: number) => choices.find((choice) => choice.index === index)?.name ?? "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of controls, not a form's fieldset with its border and legend.
    <div role="group" aria-label={label} className="flex min-w-0 flex-wrap items-center gap-1">
      <span className="text-xs text-muted">{label}</span>
      {chosen.map((index) => (
        <Chip key={index} name={nameOf(index)} onRemove={() => onChange(chosen.filter((other) => other !== index))} />
      ))}
      {chosen.length < most && (
        <Menu
          trigger={
            <Button size="small" variant="ghost" aria-label={`Add to ${label.toLowerCase()}`} className="px-1">
              <Plus aria-hidden className="size-3.5" />
            </Button>
          }
        >
          {choices
            .filter(({ index }) => !chosen.includes(index))
            .map(({ index, name }) => (
              <MenuItem key={index} onSelect={() => onChange([...chosen, index])}>
                {name}
              </MenuItem>
            ))}
        </Menu>
      )}
    </div>
  );
}

/** One choice, with a button that takes it out. */
export function Chip({ name, onRemove }: { name: string; onRemove: () => void }) {
  return (
    <span className="inline-flex h-6 max-w-48 items-center rounded-[4px] border border-line bg-raised pl-2 text-xs">
      <span className="truncate">{name}</span>
      <button
        type="button"
        aria-label={`Remove ${name}`}
        onClick={onRemove}
        className="flex h-full w-5 items-center justify-center rounded-r-[4px] text-faint hover:bg-hover hover:text-ink"
      >
        <X aria-hidden className="size-3" />
      </button>
    </span>
  );
}
