export { requirePermission } from "../core";
export { effectivePolicy, type PolicyPlace } from "./effective";
export { listPolicyRules, type PolicyTarget, policyTargets, removePolicyRule, setPolicyRule } from "./rules";
