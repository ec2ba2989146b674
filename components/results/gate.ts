/** How a stream gives way: all in milliseconds. */
export interface GateTimes {
  /** It is held back for at most so long by one key, should nobody say that the key is on the screen. */
  readonly longest: number;
  /** Somebody types while the last key is not longer ago. */
  readonly typing: number;
  /** Between one read and the next while somebody types. */
  readonly trickle: number;
}

/**
 * Lets a stream of rows give way to a person's keys: what reads waits while a key is on its way to the screen, and reads now and then
 * only while somebody types, so that the pipes behind it are full and the processors are the keys'.
 */
export class Gate {
  #closedUntil = 0;
  #typingUntil = 0;
  #wake: (() => void) | null = null;

  constructor(private readonly times: GateTimes) {}

  /** A key is pressed. */
  close(): void {
    const now = performance.now();
    this.#closedUntil = now + this.times.longest;
    this.#typingUntil = now + this.times.typing;
  }

  /** The key is on the screen. */
  painted(): void {
    this.#closedUntil = 0;
    this.#wake?.();
  }

  /** Nothing is held back any more. */
  open(): void {
    this.#typingUntil = 0;
    this.painted();
  }

  /** Whether somebody types. */
  get typing(): boolean {
    return performance.now() < this.#typingUntil;
  }

  /** Resolves when the next read may begin. */
  async passed(): Promise<void> {
    const next = this.typing ? performance.now() + this.times.trickle : 0;
    for (;;) {
      const left = Math.max(this.#closedUntil, Math.min(next, this.#typingUntil)) - performance.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
  }
}
