export type { WarehouseColumn } from "./column-differences";
export { CoverageDialog } from "./coverage-dialog";
export { DocumentationForm } from "./documentation-form";
