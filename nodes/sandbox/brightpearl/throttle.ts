/**
 * 200 requests a minute, one pool for all private apps of an account; what is over it gets HTTP 503, and every answer
 * tells how many are left and how long the period still takes (help 212644823 [D]). The page speaks of a "rolling one
 * minute period" and of "the current throttling period": `rolling` looks back a minute from every call, `period`
 * starts a new minute with the first call after the last one ended. Refused calls do not count [U].
 */
export class Throttle {
  private taken: number[] = [];

  constructor(
    private readonly now: () => number,
    private readonly periodMs: number,
    private readonly kind: 'rolling' | 'period',
  ) {}

  /** Takes one request out of the pool, if there is one. */
  take(limit: number): boolean {
    this.forget();
    if (this.taken.length >= limit) return false;
    this.taken.push(this.now());
    return true;
  }

  headers(limit: number): Record<string, string> {
    this.forget();
    const first = this.taken[0];
    const next = first === undefined ? this.periodMs : first + this.periodMs - this.now();
    return {
      'brightpearl-requests-remaining': String(Math.max(0, limit - this.taken.length)),
      'brightpearl-next-throttle-period': String(Math.max(0, Math.ceil(next))),
    };
  }

  private forget(): void {
    const since = this.now() - this.periodMs;
    const first = this.taken[0];
    if (first === undefined || first > since) return;
    this.taken = this.kind === 'period' ? [] : this.taken.filter((at) => at > since);
  }
}
