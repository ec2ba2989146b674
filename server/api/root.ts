import { router } from "./trpc";

/** Every router of the API, one line each. */
export const appRouter = router({});

/** For the browser, as a type only. */
export type AppRouter = typeof appRouter;
