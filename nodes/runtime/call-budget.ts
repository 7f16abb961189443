/** Slack on the minute, since a timer and a network are never quite exact; in milliseconds. */
const SLACK_MS = 20;

const STILL_UNDER_WAY_MS = 100;

/**
 * So many calls in any one minute, whatever minute is looked at: the ceiling of a server that counts a rolling minute,
 * and of one that begins a new minute with the first call. A call takes its place from before it leaves until a minute
 * after its answer came, so that the server, which counts it somewhere in between, never sees one too many. Calls are
 * paced besides, so that a backlog drains evenly instead of in bursts.
 */
export class CallBudget {
  /** When each place becomes free again; infinite while its call is under way. In the order in which they left. */
  private places: { freeAt: number }[] = [];
  private tokens: number;
  private filledAt: number;
  /** Calls that others have made in the server's minute, by its own account. */
  private foreign = 0;
  private foreignUntil = 0;

  /**
   * @param perMinute calls allowed a minute
   * @param elapsed   milliseconds on a clock that nobody can set
   */
  constructor(
    private readonly perMinute: number,
    private readonly elapsed: () => number,
    private readonly periodMs = 60_000,
  ) {
    this.tokens = this.burst;
    this.filledAt = elapsed();
  }

  /** How many calls may leave at once after a quiet time: those of three seconds. */
  private get burst(): number {
    return Math.max(1, Math.floor(this.perMinute / 20));
  }

  /** Calls a minute that are ours, after what others take. */
  get share(): number {
    const foreign = this.elapsed() < this.foreignUntil ? this.foreign : 0;
    return Math.max(1, this.perMinute - foreign);
  }

  /** Milliseconds until the next call may leave; 0 for now. */
  untilNext(): number {
    const now = this.elapsed();
    this.forget(now);
    const { share } = this;
    const perMs = share / this.periodMs;
    this.tokens = Math.min(this.burst, this.tokens + (now - this.filledAt) * perMs);
    this.filledAt = now;
    const oldest = this.places[this.places.length - share];
    const untilPlace = oldest === undefined ? 0 : oldest.freeAt - now;
    // A hair's breadth is given, or rounding would leave a wait of nothing for ever.
    const untilToken = this.tokens >= 1 - 1e-9 ? 0 : (1 - this.tokens) / perMs;
    const wait = Math.max(untilPlace, untilToken);
    // A place whose call is under way has no time yet: it is asked for again soon.
    return Number.isFinite(wait) ? Math.ceil(wait) : STILL_UNDER_WAY_MS;
  }

  /** A call leaves. The returned function is to be called when its answer is there, or when there will be none. */
  take(): () => void {
    this.tokens -= 1;
    const place = { freeAt: Number.POSITIVE_INFINITY };
    this.places.push(place);
    return () => {
      if (place.freeAt === Number.POSITIVE_INFINITY) place.freeAt = this.elapsed() + this.periodMs + SLACK_MS;
    };
  }

  /** What the server said of its minute: where less is left than we have used, others use the same pool. */
  told(remaining: number): void {
    this.forget(this.elapsed());
    this.foreign = Math.max(0, this.perMinute - remaining - this.places.length);
    this.foreignUntil = this.elapsed() + this.periodMs;
  }

  private forget(now: number): void {
    this.places = this.places.filter(({ freeAt }) => freeAt > now);
  }
}
