import type { Problem } from '../returns/posting-checks';
import type { PostingAttempt } from '../runtime/post-once';
import type { PeriodLock } from './directory';

const STEP = 'deferral';

/** The day of an instant where the books are kept, as `YYYY-MM-DD`. */
export function dayOf(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(new Date(instant));
}

/** Noon of a day, so that no time zone makes another day of it. */
export function noonOf(day: string): string {
  return `${day}T12:00:00.000+00:00`;
}

export interface PostingDay {
  /** The day that the credit is posted on. */
  day: string;
  /** The day it belongs to, where that one is closed and it was deferred (R164). */
  deferredFrom: string | null;
}

/**
 * The last day that is closed for who posts; null where none is.
 *
 * @param postsAs member of staff that the calls act for: whoever set the lock may post before its end. No endpoint tells
 *   whom a token acts for, so null is the safe answer: a day too many is deferred, and none is refused
 */
export function closedUntil(lock: PeriodLock | null, postsAs: number | null): string | null {
  return lock === null || lock.by === postsAs ? null : lock.until;
}

/**
 * The day that a credit is posted on: its own, or, where that one is locked, the first open day (`defer`), or none
 * (`park`: finance's at once). Read before posting, so that no call is made that accounting would refuse (R163).
 *
 * @param postsAs see {@link closedUntil}
 */
export function postingDay(
  day: string,
  lock: PeriodLock | null,
  policy: 'defer' | 'park',
  postsAs: number | null,
): PostingDay | { problem: Problem } {
  const closed = closedUntil(lock, postsAs);
  if (closed === null || day > closed) return { day, deferredFrom: null };
  if (policy === 'defer') return { day: nextDay(closed), deferredFrom: day };
  const what = `the credit belongs to ${day}, and the books are closed until ${closed}`;
  return { problem: { code: 'period-closed', what, lines: [] } };
}

function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** Keeps that a credit is deferred before it is posted: whoever finds it posted knows which day it belongs to (R164, R166). */
export async function keepDeferral(
  { day, deferredFrom }: PostingDay,
  attempt: PostingAttempt,
): Promise<void> {
  // What an earlier try has kept must not outlive the lock.
  if (deferredFrom === null && attempt.step(STEP) === undefined) return;
  await attempt.record(STEP, { day, deferredFrom });
}

/** What an earlier try has kept; null where it deferred nothing. */
export function keptDeferral(attempt: PostingAttempt): PostingDay | null {
  const { day, deferredFrom } = attempt.step(STEP) ?? {};
  return typeof day === 'string' && typeof deferredFrom === 'string' ? { day, deferredFrom } : null;
}
