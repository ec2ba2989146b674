export { type PreviewRequest, type ResultSnapshot, type ResultStatus, ResultStore } from "./result-store";
export { ResultsPanel, type ResultsPanelProps } from "./results-panel";
