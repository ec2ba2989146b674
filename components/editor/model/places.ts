import type { CursorState } from "./editor-port";

interface Visited {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}
/** A move within a file counts as a jump from this many lines on. */
const jump = 10;
const most = 100;

/** The places where the cursor was, to go back to and forward again. */
export class Places {
  private readonly visited: Visited[] = [];
  private at = -1;
  private going = false;

  /** @param shown the file that is open, which may still be on its way and have no cursor */
  constructor(
    private readonly open: (place: Visited) => void,
    private readonly shown: () => string | null,
  ) {}

  /** The cursor is somewhere. Small moves change the place that is remembered, jumps add one. */
  note({ path, line, column }: CursorState): void {
    const current = this.visited[this.at];
    const place = { path, line, column };
    if (this.going) {
      // The cursor arrives where `go` sent it.
      this.going = current?.path !== path;
      if (!this.going) {
        this.visited[this.at] = place;
      }
      return;
    }
    if (current && current.path === path && Math.abs(current.line - line) < jump) {
      this.visited[this.at] = place;
      return;
    }
    this.visited.splice(this.at + 1);
    this.visited.push(place);
    if (this.visited.length > most) {
      this.visited.shift();
    }
    this.at = this.visited.length - 1;
  }

  /** Goes one place back (-1) or forward (1). False at the end. */
  go(step: -1 | 1): boolean {
    const path = this.shown();
    const noted = this.visited[this.at];
    // Whoever goes back before the file has come leaves it all the same, and can come back to it.
    if (path !== null && noted && noted.path !== path && !this.going) {
      this.note({ path, line: 1, column: 1, selected: 0 });
    }
    const place = this.visited[this.at + step];
    if (!place) {
      return false;
    }
    this.at += step;
    this.going = true;
    this.open(place);
    return true;
  }
}
