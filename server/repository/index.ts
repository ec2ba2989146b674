export { runGit } from "./engine";
export {
  checkoutLimits,
  leftover,
  type Operations,
  type Progress,
  type RemoteInput,
} from "./operations";
export { parseRemoteUrl } from "./remote-address";
export { assertSafePath } from "./safe-path";
