export { checkRemoteAddress, isPublicAddress, parseRemoteUrl, type RemoteRules } from "./address-guard";
export { runGit } from "./engine";
export { type Change, checkoutLimits, type OperationName, type Operations, type Progress, type RemoteInput, type TreePlace } from "./operations";
export { assertSafePath, isSafeName } from "./safe-path";
