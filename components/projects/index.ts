export { ClonePanel } from "./clone-panel";
export { Home } from "./home";
