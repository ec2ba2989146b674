/** What a manifest says of itself. */
export interface ManifestFacts {
  readonly schemaVersion: number;
  readonly dbtProject: string | null;
  readonly dbtVersion: string | null;
  readonly adapter: string | null;
  readonly nodes: number;
  /** ISO 8601. */
  readonly generatedAt: string | null;
}

export type ManifestAnswer =
  | { readonly type: "read"; readonly facts: ManifestFacts }
  | { readonly type: "refused"; readonly why: "json" | "shape" }
  | { readonly type: "failed"; readonly message: string };
