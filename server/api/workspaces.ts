import { projectIdInput, workspaceIdInput } from "../contract/projects";
import { cloneWorkspace, openWorkspace, removeWorkspace } from "../projects";
import { withFailure } from "./git-progress";
import { procedure, router } from "./trpc";

/** The actor's own working trees. */
export const workspacesRouter = router({
  open: procedure.input(projectIdInput).query(({ ctx, input }) => openWorkspace(ctx.actor, input)),
  clone: procedure.input(projectIdInput).subscription(async function* ({ ctx, input, signal }) {
    yield* withFailure(ctx.actor, cloneWorkspace(ctx.actor, input.projectId, signal ?? new AbortController().signal));
  }),
  remove: procedure.input(workspaceIdInput).mutation(({ ctx, input }) => removeWorkspace(ctx.actor, input)),
});
