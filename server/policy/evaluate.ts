import {
  defaultPreviewLimits,
  type EffectivePolicy,
  type PolicyRule,
  type PolicyScope,
  type PreviewLimits,
  policyScopes,
} from "../contract/policy";

/** A rule as evaluation needs it: what it says, and who decided it when. */
export interface DecidedRule extends Omit<PolicyRule, "scopeId"> {
  readonly scopeName: string;
  readonly by: string;
  readonly at: string;
}

function decision(rule: DecidedRule): NonNullable<EffectivePolicy["previewOffBy"]> {
  const { scope, scopeName, by, at, reason } = rule;
  return { scope, scopeName, by, at, reason };
}

function smallest(standard: number, values: (number | null)[]): number {
  const set = values.filter((value) => value !== null);
  return set.length === 0 ? standard : Math.min(...set);
}

const breadth = (scope: PolicyScope) => policyScopes.indexOf(scope);

/**
 * The strictest of all matching rules: preview and export are on only if none switches them off, each limit is the smallest
 * one set (the default where none is). With preview off, export is off too. The decision named is the broadest rule's.
 */
export function evaluatePolicy(
  rules: readonly DecidedRule[],
  defaults: PreviewLimits = defaultPreviewLimits,
): EffectivePolicy {
  const ordered = [...rules].sort((first, second) => breadth(first.scope) - breadth(second.scope));
  const previewOff = ordered.find((rule) => !rule.preview);
  const exportOff = previewOff ?? ordered.find((rule) => !rule.export);
  return {
    preview: previewOff === undefined,
    export: exportOff === undefined,
    limits: {
      rows: smallest(
        defaults.rows,
        rules.map((rule) => rule.maxRows),
      ),
      bytes: smallest(
        defaults.bytes,
        rules.map((rule) => rule.maxBytes),
      ),
      seconds: smallest(
        defaults.seconds,
        rules.map((rule) => rule.maxSeconds),
      ),
    },
    previewOffBy: previewOff === undefined ? null : decision(previewOff),
    exportOffBy: exportOff === undefined ? null : decision(exportOff),
  };
}
