/** Saves each file some time after its last edit. */
export class Autosave {
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly settings: (path: string) => { on: boolean; milliseconds: number },
    private readonly save: (path: string) => void,
  ) {}

  /** Begins the wait again, or calls it off when there is nothing that may be saved by itself. */
  schedule(path: string, wanted: boolean): void {
    const timer = this.timers.get(path);
    if (timer !== undefined) {
      clearTimeout(timer);
      this.timers.delete(path);
    }
    const { on, milliseconds } = this.settings(path);
    if (!on || !wanted) {
      return;
    }
    this.timers.set(
      path,
      setTimeout(() => {
        this.timers.delete(path);
        this.save(path);
      }, milliseconds),
    );
  }

  stop(): void {
    for (const timer of this.timers.values()) {
      clearTimeout(timer);
    }
    this.timers.clear();
  }
}
