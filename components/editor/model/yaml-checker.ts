import { isTooLong } from "../language/long-texts";
import type { YamlFinding } from "../language/yaml-check";
import type { Buffer, BufferStore } from "./buffers";
import type { Problem, ProblemStore } from "./problems";

/** Pause in typing before a YAML file is read again. */
const delay = 350;
type Check = (file: string, text: string) => YamlFinding[];

/** Keeps what is wrong in the open YAML files in step with their texts. The reader of YAML is loaded when the first is opened. */
export class YamlChecker {
  private before: ReadonlyMap<string, Buffer> = new Map();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private check: Promise<Check> | null = null;

  constructor(
    private readonly buffers: BufferStore,
    private readonly problems: ProblemStore,
  ) {}

  /** Begins to look. Returns the way to stop. */
  start(): () => void {
    const stop = this.buffers.store.subscribe(() => this.buffersChanged());
    this.buffersChanged();
    return () => {
      stop();
      for (const timer of this.timers.values()) clearTimeout(timer);
      this.timers.clear();
      this.before = new Map();
    };
  }

  private buffersChanged(): void {
    const now = this.buffers.store.get();
    for (const [path, buffer] of now) {
      if (/\.ya?ml$/i.test(path) && this.before.get(path)?.text !== buffer.text) {
        clearTimeout(this.timers.get(path));
        this.timers.set(
          path,
          setTimeout(() => void this.look(path), this.before.has(path) ? delay : 0),
        );
      }
    }
    for (const path of this.before.keys()) {
      if (!now.has(path)) this.problems.set("schema", path, null);
    }
    this.before = now;
  }

  private async look(path: string): Promise<void> {
    this.timers.delete(path);
    this.check ??= import("../language/yaml-check").then((module) => module.checkYaml);
    const check = await this.check;
    const buffer = this.buffers.get(path);
    if (buffer && isTooLong(buffer.text)) {
      this.problems.set("schema", path, null);
    } else if (buffer) {
      const starts = lineStarts(buffer.text);
      this.problems.set(
        "schema",
        path,
        check(path, buffer.text).map((finding) => shown(buffer, finding, starts)),
      );
    }
  }
}

function shown({ path, version }: Buffer, finding: YamlFinding, starts: readonly number[]): Problem {
  const [line, column] = placeOf(finding.start, starts);
  const [endLine, endColumn] = placeOf(finding.end, starts);
  return {
    ...{ source: "schema", path, severity: finding.severity, line, column, endLine, endColumn },
    ...{ message: finding.message, hint: null, code: finding.code },
    fixes: finding.replace.map((text, index) => ({
      ...{ title: `Replace by ${text}`, version, preferred: index === 0 },
      edits: [{ line, column, endLine, endColumn, text }],
    })),
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function placeOf(offset: number, starts: readonly number[]): [line: number, column: number] {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return [low + 1, offset - (starts[low] ?? 0) + 1];
}
