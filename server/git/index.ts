export { pull, push } from "./exchange";
export {
  branches,
  commit,
  committedText,
  createBranch,
  diff,
  discard,
  headCommit,
  status,
  switchBranch,
} from "./service";
