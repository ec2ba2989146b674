import { searchInput } from "../contract/search";
import { search } from "../search";
import { procedure, router } from "./trpc";

/** Search in the actor's own workspace. Matches flow as they are found; a mutation, because unsaved texts need a body. */
export const searchRouter = router({
  find: procedure
    .input(searchInput)
    .mutation(({ ctx, input, signal }) => search(ctx.actor, input, { signal: signal ?? new AbortController().signal })),
});
