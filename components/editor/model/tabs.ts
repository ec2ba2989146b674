import {
  isFlag,
  isListOf,
  isNull,
  isOneOf,
  isText,
  isUndefined,
  isWhole,
  objectOf,
  or,
  type ShapeOf,
} from "@/components/shell";

const isRememberedTab = objectOf({
  kind: isOneOf("file", "diff"),
  path: isText,
  preview: isFlag,
  against: or(isText, isUndefined),
});
/** A file, or the comparison of a file: with its committed text, or with another file (`against`). */
export type Tab = Omit<ShapeOf<typeof isRememberedTab>, "against"> & { against?: string | undefined };
const isGroup = objectOf({ id: isWhole, tabs: isListOf(isRememberedTab), active: or(isText, isNull) });
export type TabGroup = Omit<ShapeOf<typeof isGroup>, "tabs"> & { tabs: Tab[] };
/** Groups stand side by side; each has its own tabs. */
export interface TabsState {
  groups: TabGroup[];
  activeGroup: number;
  closed: Tab[];
}
const isState = objectOf({ groups: isListOf(isGroup), activeGroup: isWhole, closed: isListOf(isRememberedTab) });

/** Whether something that was remembered is a state of tabs. */
export function isTabsState(value: unknown): value is TabsState {
  return isState(value) && value.groups.length > 0;
}

export const noTabs: TabsState = { groups: [{ id: 1, tabs: [], active: null }], activeGroup: 1, closed: [] };
const rememberedClosed = 30;

export function tabKey(tab: Pick<Tab, "kind" | "path" | "against">): string {
  return tab.against === undefined ? `${tab.kind}:${tab.path}` : `${tab.kind}:${tab.path} against ${tab.against}`;
}

export function activeGroup(state: TabsState): TabGroup {
  const group = state.groups.find((candidate) => candidate.id === state.activeGroup) ?? state.groups[0];
  if (!group) {
    throw new Error("There is always one group of tabs.");
  }
  return group;
}

export function activeTab(state: TabsState): Tab | null {
  const group = activeGroup(state);
  return group.tabs.find((tab) => tabKey(tab) === group.active) ?? null;
}

function changeGroup(state: TabsState, id: number, change: (group: TabGroup) => TabGroup): TabsState {
  return { ...state, groups: state.groups.map((group) => (group.id === id ? change(group) : group)) };
}

/** Opens a tab beside the active one, or shows it when it is there. A preview tab takes the place of the last preview tab. */
export function openTab(state: TabsState, tab: Tab, groupId: number = state.activeGroup): TabsState {
  const key = tabKey(tab);
  const opened = changeGroup(state, groupId, (group) => {
    const present = group.tabs.find((candidate) => tabKey(candidate) === key);
    if (present) {
      const kept =
        present.preview && !tab.preview
          ? group.tabs.map((candidate) => (candidate === present ? tab : candidate))
          : group.tabs;
      return { ...group, tabs: kept, active: key };
    }
    const replaced = tab.preview ? group.tabs.findIndex((candidate) => candidate.preview) : -1;
    if (replaced >= 0) {
      return { ...group, tabs: group.tabs.with(replaced, tab), active: key };
    }
    const after = group.tabs.findIndex((candidate) => tabKey(candidate) === group.active);
    return { ...group, tabs: group.tabs.toSpliced(after + 1, 0, tab), active: key };
  });
  return { ...opened, activeGroup: groupId, closed: opened.closed.filter((candidate) => tabKey(candidate) !== key) };
}

/** A preview tab becomes an ordinary one (on edit, on double click). */
export function keepTab(state: TabsState, path: string): TabsState {
  const isPreview = (tab: Tab) => tab.path === path && tab.preview;
  if (!state.groups.some((group) => group.tabs.some(isPreview))) {
    return state;
  }
  return {
    ...state,
    groups: state.groups.map((group) => ({
      ...group,
      tabs: group.tabs.map((tab) => (isPreview(tab) ? { ...tab, preview: false } : tab)),
    })),
  };
}

export function showTab(state: TabsState, groupId: number, key: string): TabsState {
  return { ...changeGroup(state, groupId, (group) => ({ ...group, active: key })), activeGroup: groupId };
}

/** Closes the tabs that `which` names; the neighbour of a closed active tab becomes active; an empty group goes unless it is the last. */
export function closeTabs(state: TabsState, which: (tab: Tab, groupId: number) => boolean): TabsState {
  const closed: Tab[] = [];
  const groups = state.groups.map((group) => {
    const kept = group.tabs.filter((tab) => !which(tab, group.id));
    if (kept.length === group.tabs.length) {
      return group;
    }
    closed.push(...group.tabs.filter((tab) => which(tab, group.id)));
    const position = group.tabs.findIndex((tab) => tabKey(tab) === group.active);
    const stays = kept.some((tab) => tabKey(tab) === group.active);
    const before = group.tabs.slice(0, position).filter((tab) => kept.includes(tab)).length;
    const neighbour = kept[Math.min(before, kept.length - 1)];
    return { ...group, tabs: kept, active: stays ? group.active : neighbour ? tabKey(neighbour) : null };
  });
  const filled = groups.filter((group) => group.tabs.length > 0);
  const remaining = filled.length > 0 ? filled : groups.slice(0, 1);
  const keys = new Set(closed.map(tabKey));
  return {
    groups: remaining,
    activeGroup: remaining.some((group) => group.id === state.activeGroup)
      ? state.activeGroup
      : (remaining[0]?.id ?? 1),
    closed: [...closed.reverse(), ...state.closed.filter((tab) => !keys.has(tabKey(tab)))].slice(0, rememberedClosed),
  };
}

/** Moves a tab to `index` of `toGroup` (which may be its own). */
export function moveTab(state: TabsState, key: string, move: { from: number; to: number; index: number }): TabsState {
  const source = state.groups.find((group) => group.id === move.from);
  const tab = source?.tabs.find((candidate) => tabKey(candidate) === key);
  if (!source || !tab) {
    return state;
  }
  if (move.from === move.to) {
    const position = source.tabs.indexOf(tab);
    const others = source.tabs.toSpliced(position, 1);
    const index = move.index > position ? move.index - 1 : move.index;
    return {
      ...changeGroup(state, move.from, (group) => ({ ...group, tabs: others.toSpliced(index, 0, tab), active: key })),
      activeGroup: move.from,
    };
  }
  const taken = changeGroup(state, move.to, (group) => {
    const others = group.tabs.filter((candidate) => tabKey(candidate) !== key);
    return { ...group, tabs: others.toSpliced(move.index, 0, { ...tab, preview: false }), active: key };
  });
  const left = closeTabs(taken, (candidate, groupId) => groupId === move.from && tabKey(candidate) === key);
  return { ...left, activeGroup: move.to, closed: state.closed };
}

/** Shows the active tab in a new group to the right as well. */
export function splitGroup(state: TabsState): TabsState {
  const tab = activeTab(state);
  if (!tab) {
    return state;
  }
  const id = Math.max(...state.groups.map((group) => group.id)) + 1;
  const position = state.groups.findIndex((group) => group.id === state.activeGroup);
  const group: TabGroup = { id, tabs: [{ ...tab, preview: false }], active: tabKey(tab) };
  return { ...state, groups: state.groups.toSpliced(position + 1, 0, group), activeGroup: id };
}

/** The tab `step` places after the active one, round the end. */
export function stepTab(state: TabsState, step: number): TabsState {
  const group = activeGroup(state);
  const position = group.tabs.findIndex((tab) => tabKey(tab) === group.active);
  const next = group.tabs[(position + step + group.tabs.length) % Math.max(group.tabs.length, 1)];
  return next ? showTab(state, group.id, tabKey(next)) : state;
}

/** Follows files to their new names. */
export function renameTabs(state: TabsState, rename: (path: string) => string): TabsState {
  const renamed = (tab: Tab): Tab => ({ ...tab, path: rename(tab.path) });
  return {
    ...state,
    groups: state.groups.map((group) => {
      const active = group.tabs.find((tab) => tabKey(tab) === group.active);
      return { ...group, tabs: group.tabs.map(renamed), active: active ? tabKey(renamed(active)) : null };
    }),
    closed: state.closed.map(renamed),
  };
}

/** Paths that some tab shows. */
export function shownPaths(state: TabsState): Set<string> {
  return new Set(state.groups.flatMap((group) => group.tabs.map((tab) => tab.path)));
}
