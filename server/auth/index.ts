export { handleAuthRequest } from "./auth-route";
export { connectionSecretPurpose } from "./connections";
export { removedSessionCookies } from "./cookies";
export { currentActor, requireActor } from "./current-actor";
export { demoPeople, lookUpSignIn } from "./lookup";
export { clientAddress } from "./rate-limit";
export { requireSameOrigin } from "./same-origin";
export { announceEnded, type EndedSignIn, endExpiredSignIns, revokeSignInsOf, signOut } from "./sign-in-sessions";
