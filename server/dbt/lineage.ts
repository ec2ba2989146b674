import type { z } from "zod";
import type {
  ColumnLineage,
  columnLineageInput,
  Diagnostics,
  diagnosticsInput,
  ModelColumns,
  modelColumnsInput,
  Selection,
  selectionInput,
} from "../contract/lineage";
import { type Actor, requirePermission } from "../core";
import { requestTimeouts, sessionFor } from "../sessions";

/** Where a column comes from and what is made of it, unsaved text included. @throws FORBIDDEN, NOT_FOUND, WORKER_LOST */
export async function columnLineage(actor: Actor, input: z.infer<typeof columnLineageInput>): Promise<ColumnLineage> {
  requirePermission(actor, "project.read");
  const { uniqueId, column, upstream, downstream, limit } = input;
  const session = await sessionFor(actor, input);
  return session.request("columnLineage", { uniqueId, column, upstream, downstream, limit }, requestTimeouts.lineage);
}

/** Columns of nodes and what each is made of directly; metadata from SQL and YAML, the warehouse is not asked. */
export async function modelColumns(actor: Actor, input: z.infer<typeof modelColumnsInput>): Promise<ModelColumns> {
  requirePermission(actor, "project.read");
  const session = await sessionFor(actor, input);
  return session.request("modelColumns", { uniqueIds: input.uniqueIds }, requestTimeouts.lineage);
}

/** The nodes that dbt's `--select` and `--exclude` choose. @throws DBT_ERROR for a selector that dbt cannot read */
export async function selectNodes(actor: Actor, input: z.infer<typeof selectionInput>): Promise<Selection> {
  requirePermission(actor, "project.read");
  const session = await sessionFor(actor, input);
  return session.request("select", { select: input.select, exclude: input.exclude }, requestTimeouts.lineage);
}

/** What is wrong in some files, found without running anything. Unsaved text counts where the person may write. */
export async function diagnostics(actor: Actor, input: z.infer<typeof diagnosticsInput>): Promise<Diagnostics> {
  requirePermission(actor, "project.read");
  const session = await sessionFor(actor, input);
  const changes = actor.permissions.has("file.write")
    ? input.files.flatMap(({ path, text, version }) => (text === null ? [] : [{ path, text, deleted: false, version }]))
    : [];
  // Requests are answered in order, so the texts need not be acknowledged before the problems are asked for.
  const overlaid = session.overlayUnknown(changes, input.page);
  const found = session.request("diagnostics", { paths: input.files.map(({ path }) => path) }, requestTimeouts.lineage);
  const [result] = await Promise.all([found, overlaid]);
  return result;
}
