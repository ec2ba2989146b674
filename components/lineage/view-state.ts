import { Store } from "@/components/shell";
import type { LineageColumn } from "@/server/contract";

export interface LineageView {
  /** Steps above and below the open file. */
  readonly up: number;
  readonly down: number;
  /** The whole project instead of the surroundings of a file. */
  readonly whole: boolean;
  readonly select: string;
  readonly exclude: string;
  readonly checks: boolean;
  readonly list: boolean;
  readonly search: string;
  /** The open file's node when `selected` was chosen. */
  readonly focus: string | null;
  readonly selected: string | null;
  readonly column: LineageColumn | null;
  readonly side: "columns" | "impact";
}

const first: LineageView = {
  up: 2,
  down: 2,
  whole: false,
  select: "",
  exclude: "",
  checks: false,
  list: false,
  search: "",
  focus: null,
  selected: null,
  column: null,
  side: "columns",
};
const stores = new Map<string, Store<LineageView>>();

/** What a person chose in the panel of a workspace; it outlives the panel, which goes while another tab is shown. */
export function lineageView(workspaceId: string): Store<LineageView> {
  const store = stores.get(workspaceId) ?? new Store(first);
  stores.set(workspaceId, store);
  return store;
}
