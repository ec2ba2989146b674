export { edit } from "./edit";
export { create, duplicate, remove, rename } from "./entries";
export { read, tree } from "./read";
export { save } from "./save";
export {
  listScratchpads,
  readScratchpad,
  removeScratchpad,
  renameScratchpad,
  saveScratchpad,
} from "./scratchpads";
export { texts } from "./texts";
