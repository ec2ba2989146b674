import { z } from "zod";

/**
 * Where a policy rule applies. The effective policy is the strictest over every rule that matches:
 * preview/export are on only if no matching rule switches them off, and each limit is the smallest one set.
 */
export const policyScopes = ["organisation", "project", "environment", "role"] as const;
export const policyScopeSchema = z.enum(policyScopes);
export type PolicyScope = z.infer<typeof policyScopeSchema>;

/** Limits of one preview. Null in a rule means "not set here". Bytes are Arrow bytes sent; seconds are wall time. */
export const previewLimitsSchema = z.object({
  rows: z.number().int().min(1).max(100_000_000),
  bytes: z.number().int().min(1024).max(100_000_000_000),
  seconds: z.number().int().min(1).max(86_400),
});
export type PreviewLimits = z.infer<typeof previewLimitsSchema>;
export const defaultPreviewLimits: PreviewLimits = { rows: 2_000_000, bytes: 2_000_000_000, seconds: 300 };

export const policyRuleSchema = z.object({
  scope: policyScopeSchema,
  /** Id of the project, environment or role; the organisation's own id for scope `organisation`. */
  scopeId: z.string(),
  preview: z.boolean(),
  export: z.boolean(),
  maxRows: z.number().int().min(1).max(100_000_000).nullable(),
  maxBytes: z.number().int().min(1024).max(100_000_000_000).nullable(),
  maxSeconds: z.number().int().min(1).max(86_400).nullable(),
  /** Shown to the people it concerns. */
  reason: z.string().trim().max(500).default(""),
});
export type PolicyRule = z.infer<typeof policyRuleSchema>;

export const storedPolicyRuleSchema = policyRuleSchema.extend({
  id: z.string(),
  scopeName: z.string(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
});
export type StoredPolicyRule = z.infer<typeof storedPolicyRuleSchema>;

export const policyDecisionSchema = z.object({
  scope: policyScopeSchema,
  scopeName: z.string(),
  by: z.string(),
  at: z.iso.datetime(),
  reason: z.string(),
});
export const effectivePolicySchema = z.object({
  preview: z.boolean(),
  export: z.boolean(),
  limits: previewLimitsSchema,
  /** The rule that switched preview off, and the one that switched export off. */
  previewOffBy: policyDecisionSchema.nullable(),
  exportOffBy: policyDecisionSchema.nullable(),
});
export type EffectivePolicy = z.infer<typeof effectivePolicySchema>;

export const setPolicyRuleInput = policyRuleSchema;
export const removePolicyRuleInput = z.object({ id: z.string() });
