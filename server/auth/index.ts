export { handleAuthRequest } from "./auth-route";
export { removedSessionCookies } from "./cookies";
export { currentActor, requireActor } from "./current-actor";
export { demoPeople, lookUpSignIn } from "./lookup";
export { clientAddress } from "./rate-limit";
export { announceEnded, type EndedSignIn, endExpiredSignIns, revokeSignInsOf, signOut } from "./sign-in-sessions";
