import { readScratchpadInput, renameScratchpadInput, saveScratchpadInput } from "../contract/files";
import { workspaceIdInput } from "../contract/projects";
import { listScratchpads, readScratchpad, removeScratchpad, renameScratchpad, saveScratchpad } from "../files";
import { procedure, router } from "./trpc";

/** The actor's own scratchpads of a project. */
export const scratchpadsRouter = router({
  list: procedure.input(workspaceIdInput).query(({ ctx, input }) => listScratchpads(ctx.actor, input)),
  read: procedure.input(readScratchpadInput).query(({ ctx, input }) => readScratchpad(ctx.actor, input)),
  save: procedure.input(saveScratchpadInput).mutation(({ ctx, input }) => saveScratchpad(ctx.actor, input)),
  rename: procedure.input(renameScratchpadInput).mutation(({ ctx, input }) => renameScratchpad(ctx.actor, input)),
  remove: procedure.input(readScratchpadInput).mutation(({ ctx, input }) => removeScratchpad(ctx.actor, input)),
});
