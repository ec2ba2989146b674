import { expect, test } from "vitest";
import {
  activeTab,
  closeTabs,
  keepTab,
  moveTab,
  noTabs,
  openTab,
  renameTabs,
  splitGroup,
  stepTab,
  type Tab,
  type TabsState,
  tabKey,
} from "./tabs";

const file = (path: string, preview = false): Tab => ({ kind: "file", path, preview });
const opened = (...tabs: Tab[]): TabsState => tabs.reduce((state, tab) => openTab(state, tab), noTabs);
const paths = (state: TabsState) =>
  state.groups.map((group) => group.tabs.map((tab) => (tab.preview ? `(${tab.path})` : tab.path)));

test("a preview tab is replaced by the next one, until it is kept", () => {
  const first = opened(file("a"), file("b", true), file("c", true));
  expect(paths(first)).toEqual([["a", "(c)"]]);
  expect(paths(openTab(keepTab(first, "c"), file("d", true)))).toEqual([["a", "c", "(d)"]]);
  expect(paths(openTab(first, file("c")))).toEqual([["a", "c"]]);
});

test("closing the active tab shows its neighbour; closed tabs come back in reverse order", () => {
  const state = opened(file("a"), file("b"), file("c"));
  const withoutC = closeTabs(state, (tab) => tab.path === "c");
  expect(activeTab(withoutC)?.path).toBe("b");
  const only = closeTabs(withoutC, (tab) => tab.path !== "a");
  expect(paths(only)).toEqual([["a"]]);
  expect(only.closed.map((tab) => tab.path)).toEqual(["b", "c"]);
  const again = only.closed.reduce((tabs, tab) => openTab(tabs, tab), only);
  expect(paths(again)).toEqual([["a", "b", "c"]]);
  expect(again.closed).toEqual([]);
});

test("closing the last tab of a split removes the group, but one group always stays", () => {
  const split = splitGroup(opened(file("a")));
  expect(paths(split)).toEqual([["a"], ["a"]]);
  const one = closeTabs(split, (_tab, group) => group === split.activeGroup);
  expect(one.groups).toHaveLength(1);
  expect(one.activeGroup).toBe(1);
  expect(closeTabs(one, () => true).groups).toHaveLength(1);
});

test("tabs are reordered within a group and moved between groups", () => {
  const state = opened(file("a"), file("b"), file("c"));
  expect(paths(moveTab(state, tabKey(file("a")), { from: 1, to: 1, index: 3 }))).toEqual([["b", "c", "a"]]);
  expect(paths(moveTab(state, tabKey(file("c")), { from: 1, to: 1, index: 0 }))).toEqual([["c", "a", "b"]]);
  const split = splitGroup(state);
  const moved = moveTab(split, tabKey(file("a")), { from: 1, to: 2, index: 0 });
  expect(paths(moved)).toEqual([
    ["b", "c"],
    ["a", "c"],
  ]);
  expect(moved.activeGroup).toBe(2);
});

test("stepping goes round; a rename keeps the active tab active", () => {
  const state = opened(file("a"), file("b"));
  expect(activeTab(stepTab(state, 1))?.path).toBe("a");
  expect(activeTab(stepTab(state, -1))?.path).toBe("a");
  const renamed = renameTabs(state, (path) => (path === "b" ? "z" : path));
  expect(activeTab(renamed)?.path).toBe("z");
});

test("two comparisons of one file are two tabs", () => {
  const changes: Tab = { kind: "diff", path: "a.sql", preview: false };
  const state = opened(changes, { ...changes, against: "b.sql" }, { ...changes, against: "c.sql" }, changes);
  expect(state.groups[0]?.tabs.map((tab) => tab.against)).toEqual([undefined, "b.sql", "c.sql"]);
  expect(activeTab(state)?.against).toBeUndefined();
});
