export { SessionBanner, SessionIndicator, SessionStatusItems } from "./session-views";
export { type DbtSession, useSession } from "./use-session";
