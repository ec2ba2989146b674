import { demoPeople, lookUpSignIn } from "../auth";
import { signInLookupInput } from "../contract/people";
import { publicProcedure, router } from "./trpc";

/** What the sign-in page may ask before anyone is signed in. */
export const signInRouter = router({
  lookup: publicProcedure.input(signInLookupInput).query(({ ctx, input }) => lookUpSignIn(input.query, ctx.address)),
});

/** Only on a demo: the people to offer. */
export const demoRouter = router({
  people: publicProcedure.query(() => demoPeople()),
});
