export { effectivePolicy, type PolicyPlace } from "./effective";
export { listPolicyRules, policyTargets, removePolicyRule, setPolicyRule } from "./rules";
