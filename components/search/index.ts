export { SearchStore } from "./search-store";
export { SearchView } from "./search-view";
