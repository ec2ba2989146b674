import { readJson, writeJson } from "@/components/shell";

const most = 500;

/** What this person chose from the completion list, in this browser: later choices count more than early ones. */
export class Usage {
  private readonly scores: Map<string, number>;
  private turn: number;

  constructor(private readonly key: string) {
    const stored = readJson(key);
    const entries = Array.isArray(stored) ? stored.filter(isEntry) : [];
    this.scores = new Map(entries);
    this.turn = entries.reduce((highest, [, score]) => Math.max(highest, score), 0);
  }

  /** Higher for what was chosen more and later; 0 for what never was. */
  of(kind: string, name: string): number {
    return this.scores.get(`${kind} ${name}`) ?? 0;
  }

  note(kind: string, name: string): void {
    const id = `${kind} ${name}`;
    this.turn += 1;
    // Half of what it had, and the turn: something chosen often stays ahead of what was chosen once just now.
    this.scores.set(id, this.of(kind, name) / 2 + this.turn);
    if (this.scores.size > most) {
      const [least] = [...this.scores].sort((left, right) => left[1] - right[1]);
      if (least) {
        this.scores.delete(least[0]);
      }
    }
    writeJson(this.key, [...this.scores]);
  }
}

function isEntry(value: unknown): value is [string, number] {
  return Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "number";
}
