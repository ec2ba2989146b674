export { health } from "./health";
export { overview } from "./overview";
