export { CatalogStore } from "./catalog-store";
export { type CatalogActions, CatalogView } from "./catalog-view";
export type { Relation } from "./tree";
