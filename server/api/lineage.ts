import { columnLineageInput, diagnosticsInput, modelColumnsInput, selectionInput } from "../contract/lineage";
import { columnLineage, diagnostics, modelColumns, selectNodes } from "../dbt";
import { procedure, router } from "./trpc";

/** What the session knows of columns, selections and problems without running anything. */
export const lineageRouter = router({
  column: procedure.input(columnLineageInput).query(({ ctx, input }) => columnLineage(ctx.actor, input)),
  columns: procedure.input(modelColumnsInput).query(({ ctx, input }) => modelColumns(ctx.actor, input)),
  select: procedure.input(selectionInput).query(({ ctx, input }) => selectNodes(ctx.actor, input)),
  diagnostics: procedure.input(diagnosticsInput).mutation(({ ctx, input }) => diagnostics(ctx.actor, input)),
});
