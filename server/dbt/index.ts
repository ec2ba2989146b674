export { deferState, setDefer } from "./defer";
export { applyOverlay, compile, endOwnSession, openSession, projectIndex } from "./engine";
export { columnLineage, diagnostics, modelColumns, selectNodes } from "./lineage";
export { format, lint } from "./lint";
