export { FrameReader } from "./frames";
export type { PreviewRequest } from "./result-run";
export { ResultStore } from "./result-store";
export { ResultsPanel } from "./results-panel";
