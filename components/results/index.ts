import type { readRows as read } from "./read-rows";

export type { PreviewRequest } from "./result-run";
export { ResultStore } from "./result-store";
export { ResultsPanel } from "./results-panel";

/** All rows of a small preview as texts. Its reader comes when it is first wanted. */
export const readRows: typeof read = async (...args) => (await import("./read-rows")).readRows(...args);
