export { DeferItem } from "./defer-item";
export { SessionBanner, SessionIndicator, SessionStatusItems } from "./session-views";
export { type DeferCommands, useDefer } from "./use-defer";
export { type DbtSession, useSession } from "./use-session";
