/** Whose session it is and on what, as shown to an administrator. */
export interface SessionIdentity {
  readonly organisationId: string;
  readonly userId: string;
  readonly userName: string;
  readonly workspaceId: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly environmentId: string;
  readonly environmentName: string;
  readonly adapter: string;
}
