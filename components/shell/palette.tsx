"use client";
import { Dialog as Base } from "@base-ui/react/dialog";
import { Command } from "cmdk";
import { Braces, ChevronRight, Columns3, Database, FileText, Sigma, SquareTerminal, Table2 } from "lucide-react";
import { type ReactNode, useDeferredValue, useMemo, useState } from "react";
import { Keys } from "@/components/ui";
import { type CommandId, commands, formatKeys, isApple } from "./key-map";
import { rank } from "./rank";

export type PaletteMode = "files" | "symbols" | "commands";

/** One choice of a list, or a command besides those of the key map. */
export interface PaletteEntry {
  id: string;
  title: string;
  detail?: string;
  onSelect: () => void;
}
/** A list to choose from, in the place of files, symbols and commands. */
export interface PaletteList {
  label: string;
  /** What to say when there is nothing to choose from. */
  empty: string;
  entries: readonly PaletteEntry[];
}
export interface PaletteSymbol {
  id: string;
  name: string;
  kind: "model" | "source" | "macro" | "column" | "other";
  detail: string;
  path: string;
  line: number | null;
}
export interface PaletteProps {
  mode: PaletteMode | null;
  onModeChange: (mode: PaletteMode | null) => void;
  files: readonly string[];
  recentFiles: readonly string[];
  symbols: readonly PaletteSymbol[];
  onFile: (path: string) => void;
  onSymbol: (symbol: PaletteSymbol) => void;
  onCommand: (id: CommandId) => void;
  /** Commands that depend on what there is: environments, projects, pages. */
  moreCommands: readonly PaletteEntry[];
  list: PaletteList | null;
  onListClose: () => void;
}

const prefixes: Record<PaletteMode, string> = { files: "", symbols: "@", commands: ">" };
const shown = 60;

/** Files, symbols and commands in one field: nothing in front finds files, `@` symbols, `>` commands. */
export function Palette(props: PaletteProps) {
  return (
    <Base.Root
      open={props.mode !== null || props.list !== null}
      onOpenChange={(open) => {
        if (!open) {
          props.onModeChange(null);
          props.onListClose();
        }
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-transparent" />
        <Base.Popup
          aria-label={props.list?.label ?? "Go to file, symbol or command"}
          className="popup fixed top-12 left-1/2 z-40 w-[620px] max-w-[calc(100vw-2rem)] -translate-x-1/2 overflow-hidden"
        >
          {props.list !== null ? (
            <ListBody list={props.list} onClose={props.onListClose} />
          ) : (
            props.mode && <PaletteBody {...props} mode={props.mode} />
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

const inputClass =
  "h-10 w-full border-b border-line bg-transparent px-3 text-[14px] outline-none placeholder:text-faint";

function ListBody({ list, onClose }: { list: PaletteList; onClose: () => void }) {
  const [text, setText] = useState("");
  const needle = useDeferredValue(text).trim();
  const found = rank(list.entries, needle, ({ title, detail }) => `${title} ${detail ?? ""}`, shown);
  return (
    <Command shouldFilter={false} loop label={list.label}>
      <Command.Input autoFocus value={text} onValueChange={setText} placeholder={list.label} className={inputClass} />
      <Command.List className="max-h-[50vh] overflow-auto p-1">
        <Command.Empty className="px-3 py-5 text-center text-muted">
          {list.entries.length === 0 ? list.empty : `Nothing matches “${needle}”.`}
        </Command.Empty>
        {found.map((entry) => (
          <Item
            key={entry.id}
            value={entry.id}
            icon={<ChevronRight />}
            {...(entry.detail === undefined ? {} : { detail: entry.detail })}
            onSelect={() => {
              onClose();
              entry.onSelect();
            }}
          >
            {entry.title}
          </Item>
        ))}
      </Command.List>
    </Command>
  );
}

function PaletteBody(props: PaletteProps & { mode: PaletteMode }) {
  const [text, setText] = useState(prefixes[props.mode]);
  const query = useDeferredValue(text);
  const mode: PaletteMode = query.startsWith(">") ? "commands" : query.startsWith("@") ? "symbols" : "files";
  const needle = mode === "files" ? query.trim() : query.slice(1).trim();
  return (
    <Command shouldFilter={false} loop label="Go to file, symbol or command">
      <Command.Input
        autoFocus
        value={text}
        onValueChange={setText}
        placeholder="File name, @ for models, sources, macros and columns, > for commands"
        className={inputClass}
      />
      <Command.List className="max-h-[50vh] overflow-auto p-1">
        <Command.Empty className="px-3 py-5 text-center text-muted">
          Nothing matches{needle ? ` “${needle}”` : ""}.
        </Command.Empty>
        {mode === "files" && <Files {...props} needle={needle} />}
        {mode === "symbols" && <Symbols {...props} needle={needle} />}
        {mode === "commands" && <Commands {...props} needle={needle} />}
      </Command.List>
      <p className="flex gap-4 border-t border-line px-3 py-1.5 text-xs text-faint">
        <span>↑↓ choose</span>
        <span>Enter open</span>
        <span>@ symbols</span>
        <span>&gt; commands</span>
      </p>
    </Command>
  );
}

function Files({ files, recentFiles, needle, onFile, onModeChange }: PaletteProps & { needle: string }) {
  const found = useMemo(() => {
    if (needle === "") {
      const known = new Set(files);
      const recent = recentFiles.filter((path) => known.has(path));
      return [...recent, ...files.filter((path) => !recent.includes(path))].slice(0, shown);
    }
    return rank(files, needle, (path) => path, shown);
  }, [files, recentFiles, needle]);
  return found.map((path) => {
    const slash = path.lastIndexOf("/");
    return (
      <Item
        key={path}
        value={`file ${path}`}
        icon={<FileText />}
        detail={path.slice(0, Math.max(slash, 0))}
        onSelect={() => {
          onModeChange(null);
          onFile(path);
        }}
      >
        {path.slice(slash + 1)}
      </Item>
    );
  });
}

const symbolIcons: Record<PaletteSymbol["kind"], ReactNode> = {
  model: <Table2 />,
  source: <Database />,
  macro: <Sigma />,
  column: <Columns3 />,
  other: <Braces />,
};

function Symbols({ symbols, needle, onSymbol, onModeChange }: PaletteProps & { needle: string }) {
  const found = useMemo(() => {
    const pool = needle === "" ? symbols.filter((symbol) => symbol.kind !== "column") : symbols;
    return rank(pool, needle, (symbol) => symbol.name, shown);
  }, [symbols, needle]);
  return found.map((symbol) => (
    <Item
      key={symbol.id}
      value={symbol.id}
      icon={symbolIcons[symbol.kind]}
      detail={symbol.detail}
      onSelect={() => {
        onModeChange(null);
        onSymbol(symbol);
      }}
    >
      {symbol.name}
    </Item>
  ));
}

function Commands({ needle, onCommand, onModeChange, moreCommands }: PaletteProps & { needle: string }) {
  const all = [
    ...commands.map(({ id, group, title, keys }) => ({
      id: id as string,
      title: `${group}: ${title}`,
      keys: keys[0] ? formatKeys(keys[0], isApple()) : undefined,
      onSelect: () => onCommand(id),
    })),
    ...moreCommands.map((entry) => ({ ...entry, keys: undefined })),
  ];
  return rank(all, needle, ({ title }) => title, all.length).map(({ id, title, keys, onSelect }) => (
    <Item
      key={id}
      value={id}
      icon={<SquareTerminal />}
      keys={keys}
      onSelect={() => {
        onModeChange(null);
        onSelect();
      }}
    >
      {title}
    </Item>
  ));
}

function Item({
  value,
  icon,
  detail,
  keys,
  onSelect,
  children,
}: {
  value: string;
  icon: ReactNode;
  detail?: string;
  keys?: string | undefined;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-8 items-center gap-2 rounded-[4px] px-2 data-[selected=true]:bg-selected"
    >
      <span aria-hidden className="flex text-faint [&_svg]:size-4">
        {icon}
      </span>
      <span className="shrink-0">{children}</span>
      {detail && <span className="min-w-0 flex-1 truncate text-xs text-faint">{detail}</span>}
      {keys && (
        <span className="ml-auto">
          <Keys keys={keys} />
        </span>
      )}
    </Command.Item>
  );
}
