export { ResultStore } from "./result-store";
export { ResultsPanel } from "./results-panel";
