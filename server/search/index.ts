export { search } from "./service";
