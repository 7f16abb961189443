const MINUTE_MS = 60_000;

/** Lets so many calls through in any minute, on a clock that nobody can set. */
export class CallsPerMinute {
  private readonly taken: number[] = [];

  constructor(
    private readonly most: number,
    private readonly elapsed: () => number,
  ) {}

  /** Whether one more may go on now. */
  take(): boolean {
    const now = this.elapsed();
    while ((this.taken[0] ?? Number.POSITIVE_INFINITY) <= now - MINUTE_MS) this.taken.shift();
    if (this.taken.length >= this.most) return false;
    this.taken.push(now);
    return true;
  }

  secondsToNext(): number {
    const first = this.taken[0];
    return first === undefined ? 1 : Math.max(1, Math.ceil((first + MINUTE_MS - this.elapsed()) / 1000));
  }
}
