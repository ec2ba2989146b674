import { z } from "zod";
import { dbtPlaceInput, previewInput } from "../contract/dbt";
import { workspaceIdInput } from "../contract/projects";
import { cancelPreview, previewHistory, previewOutcome, previewPolicy, recordExport } from "../sessions";
import { byItself, procedure, router } from "./trpc";

const queryIdInput = z.object({ queryId: previewInput.shape.queryId });
const recordExportInput = dbtPlaceInput.extend({ ...queryIdInput.shape, format: z.string().min(1).max(40) });

/** Everything about previews but their rows, which flow over POST /api/preview. */
export const previewRouter = router({
  policy: procedure
    .meta(byItself)
    .input(dbtPlaceInput)
    .query(({ ctx, input }) => previewPolicy(ctx.actor, input)),
  outcome: procedure.input(queryIdInput).query(({ ctx, input }) => previewOutcome(ctx.actor, input.queryId)),
  cancel: procedure.input(queryIdInput).mutation(({ ctx, input }) => cancelPreview(ctx.actor, input.queryId)),
  history: procedure.input(workspaceIdInput).query(({ ctx, input }) => previewHistory(ctx.actor, input.workspaceId)),
  recordExport: procedure.input(recordExportInput).mutation(({ ctx, input }) => recordExport(ctx.actor, input)),
});
