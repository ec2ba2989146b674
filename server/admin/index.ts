export { engineOverview } from "./engines";
export { health } from "./health";
export { overview } from "./overview";
