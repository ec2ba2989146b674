import { adminRouter } from "./admin";
import { dbtRouter } from "./dbt";
import { eventsRouter } from "./events";
import { meRouter } from "./me";
import { previewRouter } from "./preview";
import { demoRouter, signInRouter } from "./sign-in";
import { router } from "./trpc";

/** Every router of the API, one line each. */
export const appRouter = router({
  signIn: signInRouter,
  demo: demoRouter,
  me: meRouter,
  admin: adminRouter,
  dbt: dbtRouter,
  preview: previewRouter,
  events: eventsRouter,
});

/** For the browser, as a type only. */
export type AppRouter = typeof appRouter;
