export { Explorer } from "./explorer";
export { type FileDialog, FileDialogs } from "./file-dialogs";
export { type ScratchpadDialog, ScratchpadDialogs, Scratchpads } from "./scratchpads";
