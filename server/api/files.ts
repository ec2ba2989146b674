import {
  createEntryInput,
  duplicateEntryInput,
  editFilesInput,
  fileTextsInput,
  readFileInput,
  removeEntryInput,
  renameEntryInput,
  saveFileInput,
} from "../contract/files";
import { workspaceIdInput } from "../contract/projects";
import { create, duplicate, edit, read, remove, rename, save, texts, tree } from "../files";
import { procedure, router } from "./trpc";

/** Files of the actor's own workspace. */
export const filesRouter = router({
  tree: procedure.input(workspaceIdInput).query(({ ctx, input }) => tree(ctx.actor, input)),
  read: procedure.input(readFileInput).query(({ ctx, input }) => read(ctx.actor, input)),
  save: procedure.input(saveFileInput).mutation(({ ctx, input }) => save(ctx.actor, input)),
  texts: procedure.input(fileTextsInput).query(({ ctx, input, signal }) => texts(ctx.actor, input, signal)),
  edit: procedure.input(editFilesInput).mutation(({ ctx, input }) => edit(ctx.actor, input)),
  create: procedure.input(createEntryInput).mutation(({ ctx, input }) => create(ctx.actor, input)),
  rename: procedure.input(renameEntryInput).mutation(({ ctx, input }) => rename(ctx.actor, input)),
  duplicate: procedure.input(duplicateEntryInput).mutation(({ ctx, input }) => duplicate(ctx.actor, input)),
  remove: procedure.input(removeEntryInput).mutation(({ ctx, input }) => remove(ctx.actor, input)),
});
