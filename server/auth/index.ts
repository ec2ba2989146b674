export { administratorsWithout, lockOrganisation } from "./administrators";
export { handleAuthRequest } from "./auth-route";
export { removedSessionCookies } from "./cookies";
export { currentActor, requireActor } from "./current-actor";
export { addDomain, removeDomain } from "./domains";
export { demoPeople, lookUpSignIn } from "./lookup";
export {
  removeConnection,
  saveConnection,
  signInSettings,
  switchConnection,
  testConnection,
} from "./manage-connections";
export { clientAddress } from "./rate-limit";
export { announceEnded, type EndedSignIn, endExpiredSignIns, revokeSignInsOf, signOut } from "./sign-in-sessions";
