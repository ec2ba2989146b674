export { Explorer } from "./explorer";
export { type FileDialog, FileDialogs } from "./file-dialogs";
