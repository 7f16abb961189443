/** Limits per user that were optional and are gone since 10.0.36; off unless a test wants them (A3). */
export interface LegacyLimits {
  requests: number;
  executionSeconds: number;
  concurrent: number;
  windowSeconds: number;
}

export const LEGACY_LIMITS: LegacyLimits = {
  requests: 6000,
  executionSeconds: 1200,
  concurrent: 52,
  windowSeconds: 300,
};

/** Counts the calls of the one user in a sliding window. */
export class Throttle {
  private calls: { at: number; took: number }[] = [];
  private running = 0;

  constructor(
    private readonly limits: LegacyLimits | null,
    private readonly now: () => number,
  ) {}

  /** Which limit a call that begins now would exceed; null where none, and then it counts. */
  begin(startedAt: number): string | null {
    if (!this.limits) return null;
    const since = startedAt - this.limits.windowSeconds * 1000;
    this.calls = this.calls.filter(({ at }) => at > since);
    const spent = this.calls.reduce((all, { took }) => all + took, 0) / 1000;
    if (this.calls.length >= this.limits.requests)
      return `Number of requests exceeded the limit of ${this.limits.requests}.`;
    if (spent >= this.limits.executionSeconds)
      return `Combined execution time exceeded the limit of ${this.limits.executionSeconds} seconds.`;
    if (this.running >= this.limits.concurrent)
      return `Number of concurrent requests exceeded the limit of ${this.limits.concurrent}.`;
    this.running += 1;
    return null;
  }

  end(startedAt: number): void {
    if (!this.limits) return;
    this.running -= 1;
    this.calls.push({ at: this.now(), took: this.now() - startedAt });
  }
}
