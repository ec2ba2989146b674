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

/** Writes files as the project's formatter does: whole, or only the selected lines. */
export class Formatter {
  constructor(private readonly options: FormatterOptions) {}

  /** Resolves to false when the file could not be formatted; unless `quiet`, the person has been told why. */
  async format(
    path: string,
    { lines = null, quiet = false }: { lines?: { first: number; last: number } | null; quiet?: boolean } = {},
  ): Promise<boolean> {
    const { buffers, tell, format } = this.options;
    const buffer = buffers.get(path);
    if (!buffer || !/\.sql$/i.test(path)) {
      if (!quiet) tell.info("Only SQL files are formatted.");
      return false;
    }
    try {
      const { version } = buffer;
      const result = await format({ path, text: isDirty(buffer) ? buffer.text : null, version });
      if (buffers.get(path)?.version !== version) {
        if (!quiet) tell.info("The text changed meanwhile, so it was not formatted.");
        return false;
      }
      const text = lines === null ? result.text : changedWithin(buffer.text, result.text, lines);
      if (text === buffer.text) {
        if (!quiet) tell.info(`${names[result.formatter]} has nothing to change.`);
      } else {
        buffers.replaceText(path, text);
      }
      return true;
    } catch (error) {
      if (!quiet) tell.error(`${path.split("/").at(-1)} was not formatted`, errorText(error));
      return false;
    }
  }
}
