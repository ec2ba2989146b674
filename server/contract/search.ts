import { z } from "zod";
import { errorBodySchema } from "./errors";
import { filePathSchema } from "./files";

const tooLongGlobs = "The files to include or exclude can be named in 1,000 characters at most.";

/** What to look for. Globs are separated by commas: `models/**`, `*.yml`; a folder's name means everything in it. */
export const searchQuerySchema = z.object({
  text: z.string().min(1).max(2_000, "What is searched for can have 2,000 characters at most."),
  regex: z.boolean().default(false),
  caseSensitive: z.boolean().default(false),
  wholeWord: z.boolean().default(false),
  include: z.string().max(1_000, tooLongGlobs).default(""),
  exclude: z.string().max(1_000, tooLongGlobs).default(""),
  /** Also look into installed packages (`dbt_packages`). */
  packages: z.boolean().default(false),
  /** What to write instead, with `$1`, `$<name>` and `$&` where `regex` is set; null shows no replacement. */
  replacement: z.string().max(10_000, "A replacement can have 10,000 characters at most.").nullable().default(null),
});
export type SearchQuery = z.infer<typeof searchQuerySchema>;

export const searchInput = z.object({
  workspaceId: z.string(),
  query: searchQuerySchema,
  /** Texts that are not saved yet: they count instead of what is on disk. */
  unsaved: z
    .array(z.object({ path: filePathSchema, text: z.string().max(5_000_000) }))
    .max(500)
    .default([]),
});

/** One match. `start` and `end` are offsets in the file's text (UTF-16); lines and columns count from 1. */
export const searchMatchSchema = z.object({
  start: z.number().int(),
  end: z.number().int(),
  line: z.number().int(),
  column: z.number().int(),
  endLine: z.number().int(),
  endColumn: z.number().int(),
  /** The line around the match, cut to a readable length; `text` is the first line of the match. */
  before: z.string(),
  text: z.string(),
  after: z.string(),
  /** What would stand there instead; null when nothing is to be replaced. */
  replacement: z.string().nullable(),
});
export type SearchMatch = z.infer<typeof searchMatchSchema>;

/** `version` is the SHA-256 of what is on disk; null when the text that was searched is not saved. */
export const searchFileSchema = z.object({
  path: z.string(),
  version: z.string().nullable(),
  matches: z.array(searchMatchSchema),
});
export type SearchFile = z.infer<typeof searchFileSchema>;

/** What a search says while it runs; the last is `done` or `failed`. */
export const searchEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("found"), files: z.array(searchFileSchema) }),
  z.object({
    type: z.literal("done"),
    /** Files that were looked into. */
    searched: z.number().int(),
    /** Text files that were left out because of their size. */
    tooLarge: z.number().int(),
    /** It stopped at the limit of matches. */
    limited: z.boolean(),
    milliseconds: z.number(),
  }),
  z.object({ type: z.literal("failed"), error: errorBodySchema }),
]);
export type SearchEvent = z.infer<typeof searchEventSchema>;
