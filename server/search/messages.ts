import type { SearchFile, SearchQuery } from "../contract/search";

/** What the thread is asked. */
export interface SearchCall {
  readonly id: number;
  /** Absolute folder of the dbt project. */
  readonly root: string;
  readonly query: SearchQuery;
  readonly unsaved: readonly { readonly path: string; readonly text: string }[];
  /** Two 32-bit numbers that both sides see: see `stopped` and `position`. */
  readonly shared: SharedArrayBuffer;
}
/** Index of the flag that asks the thread to stop, and of the number of files that it has begun. */
export const stopped = 0;
export const position = 1;

export type SearchReply =
  | { readonly id: number; readonly type: "found"; readonly files: SearchFile[] }
  | {
      readonly id: number;
      readonly type: "done";
      readonly searched: number;
      readonly tooLarge: number;
      readonly limited: boolean;
    }
  | { readonly id: number; readonly type: "refused"; readonly message: string; readonly hint: string | null };

/** A search stops at this many matches, in all and in one file. */
export const mostMatches = 10_000;
export const mostMatchesOfFile = 2_000;
