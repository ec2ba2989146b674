export { endSession, engineRunner, liveSessions, runnerHealth, runningSessionCount } from "./administration";
export { testConnection } from "./connection-test";
export { sessionLimits, setSessionLimits } from "./limit-settings";
export { requestTimeouts } from "./limits";
export type { LiveSession } from "./live-session";
export { onRunner, type PlaceInput } from "./place";
export {
  cancelPreview,
  previewHistory,
  previewOutcome,
  previewPolicy,
  recordExport,
  startPreview,
} from "./previews";
export { countRuns } from "./query-run-store";
export { leaveLine, noteActivity, previewRefusal, sessionFor, sessionService, sessionStatus } from "./service";
export { workspaceEvents } from "./workspace-events";
