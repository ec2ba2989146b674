export {
  environmentForActor,
  environmentSecrets,
  projectForActor,
  remoteOf,
  type WorkspacePlace,
  workspaceForActor,
} from "./access";
export { connectionToTest, removeEnvironment, saveEnvironment } from "./environments";
export { withMirrorLock, withWorkspaceLock } from "./locks";
export { scratchpadsOf } from "./places";
export { checkRemote, createProject, getProject, listProjects, removeProject, updateProject } from "./projects";
export { cloneWorkspace, noteBranch, openWorkspace, removeWorkspace } from "./workspaces";
