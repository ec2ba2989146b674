export { AdminShell } from "./admin-shell";
export { AuditScreen } from "./audit-screen";
export { EnginesScreen } from "./engines-screen";
export { OverviewScreen } from "./overview-screen";
export { PeopleScreen } from "./people-screen";
export { PolicyScreen } from "./policy-screen";
export { ProjectsScreen } from "./projects-screen";
export { SessionsScreen } from "./sessions-screen";
