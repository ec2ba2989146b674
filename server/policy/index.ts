export { requirePermission } from "../core";
export { effectivePolicy, type PolicyPlace } from "./effective";
