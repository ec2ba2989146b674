export { ResultStore, type PreviewRequest, type ResultSnapshot, type ResultStatus } from "./result-store";
export { ResultsPanel, type ResultsPanelProps } from "./results-panel";
