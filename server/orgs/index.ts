export { describeMe, savePreferences } from "./me";
export { listPeople, setActive, setRole } from "./people";
export { listRoles, removeRole, saveRole } from "./roles";
