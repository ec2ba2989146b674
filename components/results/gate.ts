/** Holds work back while something else goes first, and never for long. */
export class Gate {
  #until = 0;
  #open: (() => void) | null = null;

  /** Holds back for at most so many milliseconds. */
  close(milliseconds: number): void {
    this.#until = performance.now() + milliseconds;
  }

  open(): void {
    this.#until = 0;
    this.#open?.();
  }

  /** Resolves when nothing is held back. */
  async passed(): Promise<void> {
    for (let left = this.#left; left > 0; left = this.#left) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#open = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#open = null;
    }
  }

  get #left(): number {
    return this.#until - performance.now();
  }
}
