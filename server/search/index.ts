export { scan } from "./engine";
export { search } from "./service";
