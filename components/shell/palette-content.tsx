"use client";
import { Command } from "cmdk";
import { Braces, ChevronRight, Columns3, Database, FileText, Sigma, SquareTerminal, Table2 } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useDeferredValue, useLayoutEffect, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { Keys } from "@/components/ui";
import { commands, formatKeys, isApple } from "./key-map";
import {
  type PaletteList,
  type PaletteMode,
  type PaletteProps,
  type PaletteSymbol,
  paletteInputClass,
} from "./palette-parts";
import { rank } from "./rank";

const shown = 60;

/** What is typed; it is kept by the palette itself. */
interface Typed {
  text: string;
  onText: (text: string) => void;
}

/** What is in the palette: its field, and what was found. */
export function PaletteContent(props: PaletteProps & Typed) {
  if (props.list !== null) {
    return <ListBody list={props.list} onClose={props.onListClose} text={props.text} onText={props.onText} />;
  }
  return props.mode === null ? null : <PaletteBody {...props} />;
}

/** What is chosen of the entries found; the first one again whenever others are found, which may be after what is typed. */
interface Choice {
  choose: (value: string) => void;
}

function useFirstChosen(first: string | undefined, needle: string, choose: (value: string) => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was chosen may be gone although the first one has stayed.
  useLayoutEffect(() => choose(first ?? ""), [first, needle, choose]);
}

/**
 * What is looked for: what is typed, when there is time for it. Whoever types on and presses Enter gets what belongs to all that was
 * typed: it is looked for before the key is heard.
 */
function useQuery(text: string): { query: string; onKeyDownCapture: (event: KeyboardEvent) => void } {
  const late = useDeferredValue(text);
  const [entered, enter] = useState<string | null>(null);
  const query = entered === text ? text : late;
  const onKeyDownCapture = ({ key }: KeyboardEvent) => {
    if (key === "Enter" && query !== text) flushSync(() => enter(text));
  };
  return { query, onKeyDownCapture };
}

function ListBody({ list, onClose, text, onText }: Typed & { list: PaletteList; onClose: () => void }) {
  const { query, onKeyDownCapture } = useQuery(text);
  const needle = query.trim();
  const found = rank(list.entries, needle, ({ title, detail }) => `${title} ${detail ?? ""}`, shown);
  const [chosen, choose] = useState("");
  useFirstChosen(found[0]?.id, needle, choose);
  return (
    <Command
      onKeyDownCapture={onKeyDownCapture}
      shouldFilter={false}
      loop
      label={list.label}
      value={chosen}
      onValueChange={choose}
    >
      <Command.Input
        autoFocus
        value={text}
        onValueChange={onText}
        placeholder={list.label}
        className={paletteInputClass}
      />
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

function PaletteBody(props: PaletteProps & Typed) {
  const { text, onText } = props;
  const { query, onKeyDownCapture } = useQuery(text);
  const mode: PaletteMode = query.startsWith(">") ? "commands" : query.startsWith("@") ? "symbols" : "files";
  const needle = mode === "files" ? query.trim() : query.slice(1).trim();
  const [chosen, choose] = useState("");
  return (
    <Command
      onKeyDownCapture={onKeyDownCapture}
      shouldFilter={false}
      loop
      label="Go to file, symbol or command"
      value={chosen}
      onValueChange={choose}
    >
      <Command.Input
        autoFocus
        value={text}
        onValueChange={onText}
        placeholder="File name, @ for models, sources, macros and columns, > for commands"
        className={paletteInputClass}
      />
      <Command.List className="max-h-[50vh] overflow-auto p-1">
        <Command.Empty className="px-3 py-5 text-center text-muted">
          Nothing matches{needle ? ` “${needle}”` : ""}.
        </Command.Empty>
        {mode === "files" && <Files {...props} needle={needle} choose={choose} />}
        {mode === "symbols" && <Symbols {...props} needle={needle} choose={choose} />}
        {mode === "commands" && <Commands {...props} needle={needle} choose={choose} />}
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

type Found = PaletteProps & Choice & { needle: string };

function Files({ files, recentFiles, needle, choose, onFile, onModeChange }: Found) {
  const found = useMemo(() => {
    if (needle === "") {
      const known = new Set(files);
      const recent = recentFiles.filter((path) => known.has(path));
      return [...recent, ...files.filter((path) => !recent.includes(path))].slice(0, shown);
    }
    return rank(files, needle, (path) => path, shown);
  }, [files, recentFiles, needle]);
  useFirstChosen(found[0] === undefined ? undefined : `file ${found[0]}`, needle, choose);
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

function Symbols({ symbols, needle, choose, onSymbol, onModeChange }: Found) {
  const found = useMemo(() => {
    const pool = needle === "" ? symbols.filter((symbol) => symbol.kind !== "column") : symbols;
    return rank(pool, needle, (symbol) => symbol.name, shown);
  }, [symbols, needle]);
  useFirstChosen(found[0]?.id, needle, choose);
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

function Commands({ needle, choose, onCommand, onModeChange, moreCommands }: Found) {
  const all = [
    ...commands.map(({ id, group, title, keys }) => ({
      id: id as string,
      title: `${group}: ${title}`,
      keys: keys[0] ? formatKeys(keys[0], isApple()) : undefined,
      onSelect: () => onCommand(id),
    })),
    ...moreCommands.map((entry) => ({ ...entry, keys: undefined })),
  ];
  const found = rank(all, needle, ({ title }) => title, all.length);
  useFirstChosen(found[0]?.id, needle, choose);
  return found.map(({ id, title, keys, onSelect }) => (
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
      className="group flex h-8 items-center gap-2 rounded-[4px] px-2 data-[selected=true]:bg-selected"
    >
      <span aria-hidden className="flex shrink-0 text-faint [&_svg]:size-4">
        {icon}
      </span>
      <span className="max-w-[75%] shrink-0 truncate">{children}</span>
      {detail && (
        <span className="min-w-0 flex-1 truncate text-xs text-faint group-data-[selected=true]:text-muted">
          {detail}
        </span>
      )}
      {keys && (
        <span className="ml-auto">
          <Keys keys={keys} />
        </span>
      )}
    </Command.Item>
  );
}
