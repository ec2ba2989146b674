import { environmentIdInput, saveEnvironmentInput, testEnvironmentInput } from "../contract/projects";
import { connectionForms } from "../engines";
import { removeEnvironment, saveEnvironment } from "../projects";
import { testConnection } from "../sessions";
import { procedure, router } from "./trpc";

/** Warehouse connections of projects. Secrets go in and never come out. */
export const environmentsRouter = router({
  forms: procedure.query(({ ctx }) => connectionForms(ctx.actor)),
  save: procedure.input(saveEnvironmentInput).mutation(({ ctx, input }) => saveEnvironment(ctx.actor, input)),
  test: procedure
    .input(testEnvironmentInput)
    .mutation(({ ctx, input, signal }) => testConnection(ctx.actor, input, signal)),
  remove: procedure.input(environmentIdInput).mutation(({ ctx, input }) => removeEnvironment(ctx.actor, input)),
});
