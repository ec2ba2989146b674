export { selectFromCte } from "./language/sql-structure";
export { isDirty } from "./model/buffers";
export { EditorController } from "./model/controller";
export { countProblems, problemOf } from "./model/problems";
export { makeServices } from "./model/services";
export { activeTab, closeTabs, reopenTab, splitGroup, stepTab, type Tab, tabKey } from "./model/tabs";
export { EditorArea, type SidePaneTab } from "./view/editor-area";
export { ProblemsPanel } from "./view/problems-panel";
export { Welcome } from "./view/welcome";
