export { BranchMenu } from "./branch-menu";
export { VersionControl } from "./version-control";
