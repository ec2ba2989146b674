import { adminRouter } from "./admin";
import { dbtRouter } from "./dbt";
import { deferRouter } from "./defer";
import { environmentsRouter } from "./environments";
import { eventsRouter } from "./events";
import { filesRouter } from "./files";
import { gitRouter } from "./git";
import { lineageRouter } from "./lineage";
import { meRouter } from "./me";
import { previewRouter } from "./preview";
import { projectsRouter } from "./projects";
import { scratchpadsRouter } from "./scratchpads";
import { searchRouter } from "./search";
import { demoRouter, signInRouter } from "./sign-in";
import { router } from "./trpc";
import { workspacesRouter } from "./workspaces";

/** Every router of the API, one line each. */
export const appRouter = router({
  signIn: signInRouter,
  demo: demoRouter,
  me: meRouter,
  admin: adminRouter,
  projects: projectsRouter,
  environments: environmentsRouter,
  workspaces: workspacesRouter,
  files: filesRouter,
  scratchpads: scratchpadsRouter,
  search: searchRouter,
  git: gitRouter,
  dbt: dbtRouter,
  defer: deferRouter,
  lineage: lineageRouter,
  preview: previewRouter,
  events: eventsRouter,
});

/** For the browser, as a type only. */
export type AppRouter = typeof appRouter;
