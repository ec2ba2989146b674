import { gitBranchInput, gitCommitInput, gitDiffInput, gitDiscardInput } from "../contract/files";
import { workspaceIdInput } from "../contract/projects";
import { branches, commit, createBranch, diff, discard, pull, push, status, switchBranch } from "../git";
import { withFailure } from "./git-progress";
import { byItself, procedure, router } from "./trpc";

/** Git in the actor's own workspace. */
export const gitRouter = router({
  status: procedure
    .meta(byItself)
    .input(workspaceIdInput)
    .query(({ ctx, input }) => status(ctx.actor, input)),
  diff: procedure.input(gitDiffInput).query(({ ctx, input }) => diff(ctx.actor, input)),
  commit: procedure.input(gitCommitInput).mutation(({ ctx, input }) => commit(ctx.actor, input)),
  push: procedure.input(workspaceIdInput).subscription(async function* ({ ctx, input, signal }) {
    yield* withFailure(ctx.actor, push(ctx.actor, input, signal ?? new AbortController().signal));
  }),
  pull: procedure.input(workspaceIdInput).subscription(async function* ({ ctx, input, signal }) {
    yield* withFailure(ctx.actor, pull(ctx.actor, input, signal ?? new AbortController().signal));
  }),
  branches: procedure.input(workspaceIdInput).query(({ ctx, input }) => branches(ctx.actor, input)),
  createBranch: procedure.input(gitBranchInput).mutation(({ ctx, input }) => createBranch(ctx.actor, input)),
  switchBranch: procedure.input(gitBranchInput).mutation(({ ctx, input }) => switchBranch(ctx.actor, input)),
  discard: procedure.input(gitDiscardInput).mutation(({ ctx, input }) => discard(ctx.actor, input)),
});
