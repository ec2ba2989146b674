import { Resolver } from "node:dns/promises";
import { and, eq, isNotNull } from "drizzle-orm";
import { audit } from "../audit";
import type { SignInSettings } from "../contract/sign-in";
import { type Actor, AppError, requirePermission } from "../core";
import { database, schema, withTransaction } from "../db";

/** Reads the TXT records of a name, each in its chunks (RFC 1035, 3.3.14). */
type ReadRecords = (domain: string) => Promise<string[][]>;

const readRecords: ReadRecords = (domain) => new Resolver({ timeout: 3000, tries: 2 }).resolveTxt(domain);

/** What the organisation puts into its domain's DNS to prove that the domain is its own. Not a secret: only DNS makes it a proof. */
export function domainRecord(actor: Actor): string {
  return `millrace-domain=${actor.organisationId}`;
}

/** The verified domains of the actor's organisation. The caller has checked the permission. */
export async function listDomains(actor: Actor): Promise<SignInSettings["domains"]> {
  const { domains } = schema;
  const rows = await database()
    .select({ domain: domains.domain, verifiedAt: domains.verifiedAt })
    .from(domains)
    .where(and(eq(domains.organisationId, actor.organisationId), isNotNull(domains.verifiedAt)))
    .orderBy(domains.domain);
  return rows.flatMap(({ domain, verifiedAt }) =>
    verifiedAt === null ? [] : [{ domain, verifiedAt: verifiedAt.toISOString() }],
  );
}

/**
 * Adds a domain whose DNS holds the organisation's record now. Whoever then signs in for the first time with an e-mail address of
 * it becomes a member. Needs `sign-in.manage`.
 * @throws CONFLICT (no such record, or another organisation's domain), TIMEOUT (DNS does not answer)
 */
export async function addDomain(
  actor: Actor,
  input: { domain: string },
  read: ReadRecords = readRecords,
): Promise<void> {
  requirePermission(actor, "sign-in.manage");
  const { domain } = input;
  const wanted = domainRecord(actor);
  const records = await read(domain).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOTFOUND" || error.code === "ENODATA") return [];
    throw new AppError("TIMEOUT", `The DNS of ${domain} could not be asked (${error.code ?? "no answer"}).`, {
      hint: "Try again in a moment. This server needs a working DNS resolver.",
      cause: error,
    });
  });
  if (!records.some((chunks) => chunks.join("").trim() === wanted)) {
    throw new AppError("CONFLICT", `${domain} has no TXT record ${wanted} yet.`, {
      hint: "Add the record to the domain's DNS and try again; new records can take some minutes to be seen.",
    });
  }
  await withTransaction(async (transaction) => {
    const { domains } = schema;
    const [added] = await transaction
      .insert(domains)
      .values({ domain, organisationId: actor.organisationId, verifiedAt: new Date() })
      .onConflictDoUpdate({
        target: domains.domain,
        set: { verifiedAt: new Date() },
        setWhere: eq(domains.organisationId, actor.organisationId),
      })
      .returning();
    if (added === undefined)
      throw new AppError("CONFLICT", `${domain} is in use by another organisation of this installation.`);
    await audit(actor, "domain.added", domain, {}, transaction);
  });
}

/** Takes a domain away: its people stay, and nobody new comes by it. Needs `sign-in.manage`. @throws NOT_FOUND */
export async function removeDomain(actor: Actor, input: { domain: string }): Promise<void> {
  requirePermission(actor, "sign-in.manage");
  const { domain } = input;
  await withTransaction(async (transaction) => {
    const { domains } = schema;
    const [removed] = await transaction
      .delete(domains)
      .where(and(eq(domains.domain, domain), eq(domains.organisationId, actor.organisationId)))
      .returning();
    if (removed === undefined) throw new AppError("NOT_FOUND", `${domain} is not a domain of your organisation.`);
    await audit(actor, "domain.removed", domain, {}, transaction);
  });
}
