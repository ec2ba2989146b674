export { CoverageDialog } from "./coverage-dialog";
export { DocumentationForm, type DocumentationFormProps } from "./documentation-form";
export { isDescribable } from "./schema-file";
