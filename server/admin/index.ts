export { overview } from "./overview";
export { type Health, health } from "./health";
