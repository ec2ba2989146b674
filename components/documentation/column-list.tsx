"use client";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, classNames, IconButton, Input } from "@/components/ui";
import type { ProjectIndex } from "@/server/contract";
import { DraftInput, quietField } from "./draft-field";
import type { Inherited } from "./inherit";
import { InheritLink } from "./inherit-link";
import type { ColumnEntry, EntryChange } from "./schema-file";
import { TestList, testKinds } from "./test-list";

/** The columns that the YAML names, with what it says of each. */
export function ColumnList(props: {
  columns: readonly ColumnEntry[];
  index: ProjectIndex;
  inherited: readonly Inherited[];
  onChange: (change: EntryChange) => void;
  onInherit: (found: Inherited) => void;
}) {
  const { columns, index, inherited, onChange, onInherit } = props;
  const [name, setName] = useState("");
  const kinds = testKinds(index, true);
  const taken = columns.some((column) => column.name.toLowerCase() === name.trim().toLowerCase());
  function add() {
    if (name.trim() === "" || taken) return;
    onChange({ kind: "columns", add: [{ name: name.trim(), type: "" }], remove: [] });
    setName("");
  }
  return (
    <div className="flex flex-col gap-2">
      <ul aria-label="Columns" className="flex flex-col divide-y divide-line rounded-[5px] border border-line">
        {columns.map((column) => {
          const upstream = inherited.find((found) => found.column === column.name);
          return (
            <li key={column.name} className="flex flex-col px-1.5 pt-1 pb-1.5">
              <div className="flex items-center gap-1">
                <span className="min-w-0 flex-1 truncate pl-1.5 font-mono text-xs font-semibold" title={column.name}>
                  {column.name}
                </span>
                <DraftInput
                  aria-label={`Type of ${column.name}`}
                  className={classNames(quietField, "w-32! text-right font-mono text-xs text-muted")}
                  placeholder="type"
                  value={column.type}
                  onCommit={(text) => onChange({ kind: "type", column: column.name, text })}
                />
                <IconButton
                  label={`Remove the column ${column.name} from the YAML`}
                  icon={<Trash2 className="size-3.5!" />}
                  onClick={() => onChange({ kind: "columns", add: [], remove: [column.name] })}
                />
              </div>
              <DraftInput
                aria-label={`Description of ${column.name}`}
                placeholder="No description yet"
                className={quietField}
                value={column.description}
                onCommit={(text) => onChange({ kind: "description", column: column.name, text })}
              />
              {upstream && <InheritLink found={upstream} onInherit={onInherit} />}
              <TestList
                label={column.name}
                tests={column.tests}
                kinds={kinds}
                onAdd={(test) => onChange({ kind: "add-test", column: column.name, test })}
                onEdit={(at, test) => onChange({ kind: "edit-test", column: column.name, at, test })}
                onRemove={(at) => onChange({ kind: "remove-test", column: column.name, at })}
              />
            </li>
          );
        })}
      </ul>
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Input
          aria-label="Name of a column to add"
          className="font-mono text-xs"
          placeholder="another_column"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" disabled={name.trim() === "" || taken}>
          <Plus aria-hidden className="size-3.5" /> Add column
        </Button>
      </form>
    </div>
  );
}
