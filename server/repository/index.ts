export { runGit } from "./engine";
export {
  type Change,
  checkoutLimits,
  leftover,
  type OperationName,
  type Operations,
  type Progress,
  type RemoteInput,
  type TreePlace,
} from "./operations";
export { parseRemoteUrl, type RemoteRules } from "./remote-address";
export { assertSafePath, isSafeName } from "./safe-path";
