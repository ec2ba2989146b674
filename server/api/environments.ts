import { environmentIdInput, saveEnvironmentInput } from "../contract/projects";
import { removeEnvironment, saveEnvironment } from "../projects";
import { procedure, router } from "./trpc";

/** Warehouse connections of projects. Secrets go in and never come out. */
export const environmentsRouter = router({
  save: procedure.input(saveEnvironmentInput).mutation(({ ctx, input }) => saveEnvironment(ctx.actor, input)),
  remove: procedure.input(environmentIdInput).mutation(({ ctx, input }) => removeEnvironment(ctx.actor, input)),
});
