import type { CommandId } from "./key-map";

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

/** The look of the field that is typed into. */
export const paletteInputClass =
  "h-10 w-full border-b border-line bg-transparent px-3 text-[14px] outline-none placeholder:text-faint";
