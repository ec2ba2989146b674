export { readRows } from "./read-rows";
export type { PreviewRequest } from "./result-run";
export { ResultStore } from "./result-store";
export { ResultsPanel } from "./results-panel";
