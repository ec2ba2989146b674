import { errorText } from "@/components/api";
import type { FormatResult } from "@/server/contract";
import { type BufferStore, isDirty } from "./buffers";
import { changedWithin } from "./line-diff";

export interface FormatterOptions {
  readonly format: (file: { path: string; text: string | null; version: number }) => Promise<FormatResult>;
  readonly buffers: BufferStore;
  readonly tell: { info(message: string): void; error(title: string, detail: string): void };
}

const names = { sqlfmt: "sqlfmt", sqlfluff: "SQLFluff" };

/** So long a file that is being saved waits for its formatter, in milliseconds; a session that is away must not keep it from the disk. */
const patience = 10_000;

/** Writes files as the project's formatter does: whole, or only the selected lines. */
export class Formatter {
  constructor(private readonly options: FormatterOptions) {}

  /**
   * Resolves to false when the file could not be formatted; the person has been told why. While `saving`, nothing is said of a file
   * that needs no change, and a formatter that takes long is not waited for.
   */
  async format(
    path: string,
    { lines = null, saving = false }: { lines?: { first: number; last: number } | null; saving?: boolean } = {},
  ): Promise<boolean> {
    const { buffers, tell } = this.options;
    const name = path.split("/").at(-1) ?? path;
    const buffer = buffers.get(path);
    if (!buffer || !/\.sql$/i.test(path)) {
      if (!saving) tell.info("Only SQL files are formatted.");
      return false;
    }
    try {
      const { version } = buffer;
      const asked = this.options.format({ path, text: isDirty(buffer) ? buffer.text : null, version });
      const result = await (saving ? inPatience(asked) : asked);
      if (result === null) {
        tell.info(`${name} is saved as it was: the formatter takes long.`);
        return false;
      }
      if (buffers.get(path)?.version !== version) {
        if (!saving) tell.info("The text changed meanwhile, so it was not formatted.");
        return false;
      }
      const text = lines === null ? result.text : changedWithin(buffer.text, result.text, lines);
      if (text !== buffer.text) {
        buffers.replaceText(path, text);
      } else if (!saving) {
        tell.info(
          lines === null
            ? `${names[result.formatter]} has nothing to change.`
            : `${names[result.formatter]} has nothing to change in these lines.`,
        );
      }
      return true;
    } catch (error) {
      if (saving) tell.info(`${name} is saved as it was. ${errorText(error)}`);
      else tell.error(`${name} was not formatted`, errorText(error));
      return false;
    }
  }
}

/** What comes in time, or null; what comes too late is let go. */
async function inPatience<Result>(work: Promise<Result>): Promise<Result | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patience);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
