import type { z } from "zod";
import type { FormatResult, LintResult, lintInput } from "../contract/lint";
import { type Actor, requirePermission } from "../core";
import { requestTimeouts, sessionFor } from "../sessions";
import { overlayOwnText } from "./engine";

type LintInput = z.output<typeof lintInput>;

/**
 * What SQLFluff says of a file, by the project's own configuration and from unsaved text where there is some. A newer request of the
 * same session ends one that still runs (CANCELLED). Nothing is asked of the warehouse.
 * @throws FORBIDDEN, NOT_FOUND, DBT_ERROR (a wrong configuration), CANCELLED, LIMIT_REACHED, WORKER_LOST, TIMEOUT
 */
export async function lint(actor: Actor, input: LintInput): Promise<LintResult> {
  requirePermission(actor, "project.read");
  const session = await sessionFor(actor, input);
  const overlaid = overlayOwnText(actor, session, input);
  const { path, version } = input;
  const [result] = await Promise.all([session.request("lint", { path, version }, requestTimeouts.check), overlaid]);
  return result;
}

/**
 * The file as the formatter that the project configures writes it; nothing is saved.
 * @throws as `lint`; DBT_ERROR when the file cannot be formatted
 */
export async function format(actor: Actor, input: LintInput): Promise<FormatResult> {
  requirePermission(actor, "file.write");
  const session = await sessionFor(actor, input);
  const overlaid = overlayOwnText(actor, session, input);
  const { path, version } = input;
  const [result] = await Promise.all([session.request("format", { path, version }, requestTimeouts.check), overlaid]);
  return result;
}
