export * from "./admin";
export * from "./dbt";
export * from "./errors";
export * from "./files";
export * from "./people";
export * from "./policy";
export * from "./projects";
export * from "./rows";
