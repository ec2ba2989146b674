"use client";
import { Download, List, Maximize, Network, Search, ZoomIn, ZoomOut } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Store } from "@/components/shell";
import { useStore } from "@/components/shell";
import { Button, Checkbox, IconButton, Input, Menu, MenuItem, Select } from "@/components/ui";
import { everything, selectionOf, stepsOffered } from "./graph";
import type { LineageView } from "./view-state";

function options(word: string) {
  return stepsOffered.map((steps) => ({
    value: String(steps),
    label: steps === everything ? `all ${word}` : `${steps} ${word}`,
  }));
}

export interface ToolbarProps {
  view: Store<LineageView>;
  /** What stands in the graph, in words. */
  summary: string;
  onShowAll: () => void;
  onZoom: (factor: number) => void;
  onFind: () => void;
  onExport: (format: "png" | "svg") => void;
}

/** How much of the project is shown, and how. */
export function Toolbar({ view, summary, onShowAll, onZoom, onFind, onExport }: ToolbarProps) {
  const { up, down, whole, checks, list, search, select, exclude } = useStore(view);
  const [selector, setSelector] = useState(select);
  const [excluded, setExcluded] = useState(exclude);
  const change = (part: Partial<LineageView>) => view.update((state) => ({ ...state, ...part }));
  const choose = (event: FormEvent) => {
    event.preventDefault();
    const chosen = selectionOf(selector, excluded);
    setSelector(chosen.select);
    setExcluded(chosen.exclude);
    change({ ...chosen, column: null, selected: null });
  };
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-1.5 border-b border-line px-2 py-1">
      <Select
        label="Steps above"
        variant="bare"
        value={String(up)}
        options={options("up")}
        disabled={whole || select !== ""}
        onChange={(value) => change({ up: Number(value) })}
      />
      <Select
        label="Steps below"
        variant="bare"
        value={String(down)}
        options={options("down")}
        disabled={whole || select !== ""}
        onChange={(value) => change({ down: Number(value) })}
      />
      <Button size="small" aria-pressed={whole} onClick={() => change({ whole: !whole, column: null })}>
        {whole ? "Around the file" : "Whole project"}
      </Button>
      <form className="flex max-w-md min-w-56 flex-1 items-center gap-1.5" onSubmit={choose}>
        <Input
          aria-label="Select nodes, in dbt's selector syntax"
          placeholder="--select, as in +orders+"
          className="h-6 min-w-0 flex-[2] font-mono text-xs"
          value={selector}
          spellCheck={false}
          onChange={(event) => setSelector(event.target.value)}
        />
        <Input
          aria-label="Exclude nodes, in dbt's selector syntax"
          placeholder="--exclude"
          className="h-6 min-w-0 flex-1 font-mono text-xs"
          value={excluded}
          spellCheck={false}
          onChange={(event) => setExcluded(event.target.value)}
        />
        <Button size="small" type="submit">
          Show
        </Button>
        {(select !== "" || exclude !== "") && (
          <Button
            size="small"
            variant="ghost"
            onClick={() => {
              setSelector("");
              setExcluded("");
              change({ select: "", exclude: "" });
            }}
          >
            Clear
          </Button>
        )}
      </form>
      <Checkbox label="Show tests" checked={checks} onCheckedChange={(shown) => change({ checks: shown })}>
        <span className="text-xs">Tests</span>
      </Checkbox>
      <span className="ml-auto text-xs whitespace-nowrap text-muted" role="status">
        {summary}
      </span>
      <form
        className="relative"
        onSubmit={(event) => {
          event.preventDefault();
          onFind();
        }}
      >
        <Search aria-hidden className="pointer-events-none absolute top-1.5 left-1.5 size-3 text-muted" />
        <Input
          aria-label="Find in the graph"
          placeholder="Find"
          className="h-6 w-28 pl-6 text-xs"
          value={search}
          onChange={(event) => change({ search: event.target.value })}
        />
      </form>
      <span className="flex items-center">
        <IconButton label="Zoom out" icon={<ZoomOut />} disabled={list} onClick={() => onZoom(0.8)} />
        <IconButton label="Zoom in" icon={<ZoomIn />} disabled={list} onClick={() => onZoom(1.25)} />
        <IconButton label="Show everything" icon={<Maximize />} disabled={list} onClick={onShowAll} />
        <IconButton
          label={list ? "Graph" : "List"}
          icon={list ? <Network /> : <List />}
          onClick={() => change({ list: !list })}
        />
        <Menu
          trigger={<IconButton label="Export the graph" icon={<Download />} disabled={list} />}
          align="end"
          side="top"
        >
          <MenuItem onSelect={() => onExport("png")}>PNG picture</MenuItem>
          <MenuItem onSelect={() => onExport("svg")}>SVG drawing</MenuItem>
        </Menu>
      </span>
    </div>
  );
}
