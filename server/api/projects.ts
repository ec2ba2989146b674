import { checkRemoteInput, createProjectInput, projectIdInput, updateProjectInput } from "../contract/projects";
import { checkRemote, createProject, getProject, listProjects, removeProject, updateProject } from "../projects";
import { procedure, router } from "./trpc";

/** Projects of the actor's organisation. */
export const projectsRouter = router({
  list: procedure.query(({ ctx }) => listProjects(ctx.actor)),
  get: procedure.input(projectIdInput).query(({ ctx, input }) => getProject(ctx.actor, input)),
  create: procedure.input(createProjectInput).mutation(({ ctx, input }) => createProject(ctx.actor, input)),
  update: procedure.input(updateProjectInput).mutation(({ ctx, input }) => updateProject(ctx.actor, input)),
  remove: procedure.input(projectIdInput).mutation(({ ctx, input }) => removeProject(ctx.actor, input)),
  checkRemote: procedure
    .input(checkRemoteInput)
    .mutation(({ ctx, input, signal }) => checkRemote(ctx.actor, input, signal)),
});
