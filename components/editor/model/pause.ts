/** What nobody looks at while typing on without a pause: milliseconds without a key, and those after which it is done anyway. */
const usual = { quiet: 250, most: 5000 };

/**
 * Does work in a pause of typing: after `quiet` milliseconds without another call, and after `most` milliseconds of calls that leave
 * none. While somebody types, what a key makes others do is so done a few times a second at most, and seldom just as the next key comes.
 */
export class Pause {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Since when work is waiting; null when there is none. */
  private since: number | null = null;

  constructor(
    private readonly work: () => void,
    private readonly quiet = usual.quiet,
    private readonly most = usual.most,
  ) {}

  /** There is work for the next pause; for the next moment, when `quiet` is 0. */
  await(quiet = this.quiet): void {
    clearTimeout(this.timer);
    this.since ??= performance.now();
    const left = this.since + this.most - performance.now();
    this.timer = setTimeout(
      () => {
        this.since = null;
        this.work();
      },
      Math.max(0, Math.min(quiet, left)),
    );
  }

  /** Whether work is waiting. */
  get waiting(): boolean {
    return this.since !== null;
  }

  /** Forgets what is waiting. */
  stop(): void {
    clearTimeout(this.timer);
    this.since = null;
  }
}
