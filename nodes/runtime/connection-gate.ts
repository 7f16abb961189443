import { asLedgerError, LedgerError } from '../returns/failure';
import { waitAborted } from '../store/keyed-queue';
import { CallBudget } from './call-budget';
import { LONGEST_PAUSE_MS, type Surroundings } from './retry';

export interface GateOptions {
  /** For texts, for example the host. */
  label: string;
  /** Calls under way at a time. */
  concurrency: number;
  /** Calls a minute; null where the other side names no such limit. */
  callsPerMinute: number | null;
  surroundings: Surroundings;
  /** The other side answers again after it was taken for down. */
  onRecovered?: () => void;
}

/** After this many calls in a row without a proper answer, the other side counts as down. */
const DOWN_AFTER = 5;
/** How long it is left alone then: longer each time, up to the limit; in milliseconds. */
const FIRST_REST_MS = 5000;
const LONGEST_REST_MS = 60_000;

/**
 * The one way to an ERP for all nodes of a connection: so many calls at a time, so many a minute, none before the wait
 * that the server asked for is over (R157), and none while it is down but one to see whether it is back. What would
 * have to wait for long is refused at once with the time after which to come back, so that it waits in the store and
 * nothing else waits behind it (R160).
 */
export class ConnectionGate {
  private underWay = 0;
  private readonly queue: (() => void)[] = [];
  private pausedUntil = 0;
  private failures = 0;
  private rests = 0;
  private downUntil: number | null = null;
  private probing = false;
  private readonly budget: CallBudget | null;

  constructor(private readonly options: GateOptions) {
    const { callsPerMinute, surroundings } = options;
    this.budget = callsPerMinute === null ? null : new CallBudget(callsPerMinute, surroundings.elapsed);
  }

  /** Calls a minute that the connection has for itself; null where there is no such limit. */
  get callsPerMinute(): number | null {
    return this.budget?.share ?? null;
  }

  /** How many calls of its minute the server says are left. */
  told(remaining: number): void {
    this.budget?.told(remaining);
  }

  /** Whether the other side counts as down. */
  get down(): boolean {
    return this.downUntil !== null;
  }

  /** The server asked for a wait: it holds for all. */
  pause(milliseconds: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.options.surroundings.elapsed() + milliseconds);
  }

  /**
   * Makes a call when it may be made.
   *
   * @param isOutage whether an answer says that nobody is there, such as 502 or 503 of a gateway
   * Throws `connection-down` (transient) or `connection-paused` (rate-limited), both with the time to come back after.
   */
  async pass<T>(work: () => Promise<T>, isOutage: (answer: T) => boolean, signal?: AbortSignal): Promise<T> {
    this.assertOpen();
    await this.enter(signal);
    try {
      const answered = await this.awaitTurn(signal);
      const probe = this.beginCall();
      try {
        const answer = await work();
        this.called(isOutage(answer));
        return answer;
      } catch (thrown) {
        const error = asLedgerError(thrown);
        // A call that we gave up ourselves says nothing about the other side.
        if (error.code !== 'http-aborted') this.called(error.code.startsWith('http-'));
        throw error;
      } finally {
        answered?.();
        if (probe) this.probing = false;
      }
    } finally {
      this.leave();
    }
  }

  private assertOpen(): void {
    const now = this.options.surroundings.elapsed();
    if (this.downUntil !== null && (now < this.downUntil || this.probing)) {
      throw new LedgerError({
        code: 'connection-down',
        class: 'transient',
        message: `${this.options.label} gives no proper answer, so it is left alone for a while`,
        retryAfterMs: Math.max(1000, Math.round(this.downUntil - now)),
      });
    }
    this.assertShort(this.pausedUntil - now);
  }

  private assertShort(wait: number): void {
    if (wait <= LONGEST_PAUSE_MS) return;
    throw new LedgerError({
      code: 'connection-paused',
      class: 'rate-limited',
      message: `${this.options.label} asked for a pause of its callers`,
      retryAfterMs: Math.round(wait),
    });
  }

  /** Waits for the pause to end and for a place in the minute, if that is soon, and takes it. */
  private async awaitTurn(signal: AbortSignal | undefined): Promise<(() => void) | undefined> {
    const { surroundings } = this.options;
    for (;;) {
      if (signal?.aborted) throw waitAborted();
      this.assertOpen();
      const wait = Math.max(this.pausedUntil - surroundings.elapsed(), this.budget?.untilNext() ?? 0);
      // Taken in the same turn as it was found, or two callers would take one place.
      if (wait <= 0) return this.budget?.take();
      this.assertShort(wait);
      await surroundings.wait(wait, signal);
    }
  }

  /** True where this call is the one that finds out whether the other side is back. */
  private beginCall(): boolean {
    if (this.downUntil === null) return false;
    this.probing = true;
    return true;
  }

  private called(outage: boolean): void {
    if (!outage) {
      const recovered = this.downUntil !== null;
      this.failures = 0;
      this.rests = 0;
      this.downUntil = null;
      if (recovered) this.options.onRecovered?.();
      return;
    }
    this.failures += 1;
    if (this.failures < DOWN_AFTER) return;
    const rest = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** this.rests);
    this.downUntil = this.options.surroundings.elapsed() + rest;
    this.rests += 1;
    this.failures = DOWN_AFTER - 1;
  }

  private async enter(signal: AbortSignal | undefined): Promise<void> {
    if (this.underWay < this.options.concurrency) {
      this.underWay += 1;
      return;
    }
    // The place is handed over by the one that leaves, so the count stays as it is.
    await new Promise<void>((resolve) => this.queue.push(resolve));
    if (signal?.aborted) {
      this.leave();
      throw waitAborted();
    }
  }

  private leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.underWay -= 1;
  }
}
