import { asLedgerError, type LedgerError } from '../returns/failure';
import { systemClock, type Clock } from '../returns/time';
import { waitAborted } from '../store/keyed-queue';

/** Waiting and drawing are passed in, so that tests need neither time nor luck. */
export interface Surroundings {
  clock: Clock;
  /** Milliseconds on a clock that nobody can set: for waits and limits (T5). */
  elapsed: () => number;
  /** At least 0, below 1. */
  random: () => number;
  /** Resolves after the time, or rejects with `wait-aborted` as soon as the signal is aborted. */
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export const realSurroundings: Surroundings = {
  clock: systemClock,
  elapsed: () => performance.now(),
  random: () => Math.random(),
  wait: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(waitAborted());
        return;
      }
      const stop = (): void => {
        clearTimeout(timer);
        reject(waitAborted());
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', stop, { once: true });
    }),
};

export interface RetryPolicy {
  /** How often it is tried in all, the first time included. */
  attempts: number;
  firstWaitMs: number;
  longestWaitMs: number;
}

/** Short: what takes longer waits in the store, not in memory (DESIGN section 5). */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, firstWaitMs: 250, longestWaitMs: 2000 };

/** A wait that is longer than this is not waited for in memory. */
export const LONGEST_PAUSE_MS = 5000;

/**
 * Tries again what failed for a reason that passes (`transient`, `rate-limited`): with full jitter on an exponential
 * back-off (R158), and never before the wait that the server asked for is over (R157). Everything else, `ambiguous`
 * above all, is thrown at once, and so is what would have to wait for long.
 */
export async function withRetry<T>(
  operation: (attempt: number) => Promise<T>,
  surroundings: Surroundings,
  signal?: AbortSignal,
  policy: RetryPolicy = DEFAULT_RETRY,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation(attempt);
    } catch (thrown) {
      const error = asLedgerError(thrown);
      if (!error.retryable || attempt >= policy.attempts || signal?.aborted) throw error;
      const wait = waitBefore(attempt + 1, error, policy, surroundings.random);
      if (wait > LONGEST_PAUSE_MS) throw error;
      await surroundings.wait(wait, signal);
    }
  }
}

function waitBefore(attempt: number, error: LedgerError, policy: RetryPolicy, random: () => number): number {
  const ceiling = Math.min(policy.longestWaitMs, policy.firstWaitMs * 2 ** (attempt - 2));
  const jittered = Math.round(ceiling * (0.5 + random() / 2));
  return error.retryAfterMs === undefined ? jittered : error.retryAfterMs + Math.round(random() * 250);
}

/** Reads a `Retry-After` header: seconds, or a date. Undefined where there is none. */
export function retryAfterMs(header: string | undefined, clock: Clock): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, Math.round(seconds * 1000));
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock.now());
}
