export { pull, push } from "./exchange";
export {
  branches,
  commit,
  committedText,
  createBranch,
  diff,
  discard,
  history,
  status,
  switchBranch,
} from "./service";
