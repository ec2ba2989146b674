export { fileOf, HistoryPanel } from "./history-panel";
