export { CatalogStore } from "./catalog-store";
export { CatalogView } from "./catalog-view";
export type { Relation } from "./tree";
