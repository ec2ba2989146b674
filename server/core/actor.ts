import type { Permission } from "../contract/people";

/** Who asks, as established for this request: every service function takes it first and checks it. */
export interface Actor {
  readonly userId: string;
  readonly userName: string;
  readonly organisationId: string;
  readonly roleId: string;
  readonly permissions: ReadonlySet<Permission>;
  /** The revocable sign-in session (row id), not a dbt session. */
  readonly signInSessionId: string;
  readonly requestId: string;
}
