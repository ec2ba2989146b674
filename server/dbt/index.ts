export { applyOverlay, compile, endOwnSession, openSession, projectIndex } from "./engine";
