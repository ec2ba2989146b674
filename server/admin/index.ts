export { type Health, health } from "./health";
export { overview } from "./overview";
