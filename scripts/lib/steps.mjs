import { performance } from "node:perf_hooks";

/** A failure that the person can act on: what happened, and what to do. Shown without a stack. */
export class SetupError extends Error {
  constructor(message, hint = null, options = {}) {
    super(message, options);
    this.name = "SetupError";
    this.hint = hint;
  }
}

/** Seconds as people read them: `0.3 s`, `12.4 s`, `2 min 05 s`. */
export function formatSeconds(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/**
 * Prints one line per step with the time it took. `step(title, work)` runs the work, which gets `say(text)` for progress;
 * what it returns as `{ note }` is shown behind the title.
 */
export function createSteps(stream = process.stdout) {
  const live = Boolean(stream.isTTY);
  const write = (text) => stream.write(text);
  const clear = () => live && write("\r\x1b[2K");
  return {
    async step(title, work) {
      const started = performance.now();
      let lastSaid = "";
      const say = (text) => {
        const line = text.replaceAll(/\s+/g, " ").trim().slice(0, 100);
        if (line === lastSaid || line === "") return;
        lastSaid = line;
        if (live) write(`\r\x1b[2K  … ${title}: ${line}`);
        else write(`    ${title}: ${line}\n`);
      };
      if (live) write(`  … ${title}`);
      try {
        const result = await work(say);
        clear();
        write(
          `  ✓ ${title}${result?.note ? ` (${result.note})` : ""}  ${formatSeconds(performance.now() - started)}\n`,
        );
        return result;
      } catch (error) {
        clear();
        write(`  ✗ ${title}  ${formatSeconds(performance.now() - started)}\n`);
        throw error;
      }
    },
    warn(message) {
      write(`  ! ${message}\n`);
    },
    line(message = "") {
      write(`${message}\n`);
    },
  };
}

/** What to print for a failure: message and hint where a person can act on it, else the stack. */
export function describeFailure(error) {
  const known = error instanceof SetupError ? error : explainSystemError(error);
  if (!known) return `${error?.stack ?? error}\n`;
  return `\n${known.message}\n${known.hint ? `\n${known.hint}\n` : ""}`;
}

/** Errors of the file system that a person can mend. */
function explainSystemError(error) {
  const again = "Then run the same command again: what is finished is kept.";
  if (error?.code === "ENOSPC" || error?.code === "EDQUOT") {
    return new SetupError("The disk is full.", `Free some space (a first set-up needs about 3 GB). ${again}`);
  }
  if (["EACCES", "EPERM", "EROFS"].includes(error?.code) && error.path) {
    return new SetupError(
      `${error.path} cannot be written by this user.`,
      `It belongs to somebody else, or its disk is read-only. Change its owner, or choose other folders with MILLRACE_DATA and MILLRACE_ENGINES. ${again}`,
    );
  }
  return null;
}
