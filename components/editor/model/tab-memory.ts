import { readJson, writeJson } from "@/components/shell";
import { isTabsState, noTabs, type TabsState, tabKey } from "./tabs";

/** Tabs, cursors and scroll positions of one workspace, kept where a reload finds them. */
export class TabMemory {
  /** View states by `group|tab key`, as Monaco gives them. */
  readonly views: Map<string, unknown>;
  /** The tabs of the last visit. */
  readonly tabs: TabsState;
  private readonly key: string;

  constructor(workspaceId: string) {
    this.key = `millrace:editor:${workspaceId}`;
    const remembered = readJson(this.key) as { tabs?: unknown; views?: Record<string, unknown> } | undefined;
    this.tabs = isTabsState(remembered?.tabs) ? remembered.tabs : noTabs;
    this.views = new Map(Object.entries(remembered?.views ?? {}));
  }

  write(tabs: TabsState): void {
    const keys = new Set(tabs.groups.flatMap((group) => group.tabs.map((tab) => `${group.id}|${tabKey(tab)}`)));
    writeJson(this.key, { tabs, views: Object.fromEntries([...this.views].filter(([key]) => keys.has(key))) });
  }
}
