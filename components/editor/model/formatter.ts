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

/** A file that is being saved is written as it is when its formatter takes longer, in milliseconds. */
const patience = 3_000;

/** What is wanted of the formatter. */
export interface FormatOptions {
  /** Of the file only these lines, counted from 1; null for all. */
  readonly lines?: { readonly first: number; readonly last: number } | null;
  /** The file is about to be saved: nothing is said of one that needs no change. */
  readonly saving?: boolean;
  /** Called when the formatter takes long: what is typed should not wait for it to be safe. */
  readonly onLate?: () => void;
}

/** Writes files as the project's formatter does: whole, or only the selected lines. */
export class Formatter {
  constructor(private readonly options: FormatterOptions) {}

  /** Resolves to false when the file could not be formatted; the person has been told why. */
  async format(path: string, { lines = null, saving = false, onLate }: FormatOptions = {}): Promise<boolean> {
    const { buffers, tell } = this.options;
    const name = path.split("/").at(-1) ?? path;
    const buffer = buffers.get(path);
    if (!buffer || !/\.sql$/i.test(path)) {
      if (!saving) tell.info("Only SQL files are formatted.");
      return false;
    }
    try {
      const { version } = buffer;
      const late = onLate && setTimeout(onLate, patience);
      const asked = this.options.format({ path, text: isDirty(buffer) ? buffer.text : null, version });
      const result = await asked.finally(() => clearTimeout(late));
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
