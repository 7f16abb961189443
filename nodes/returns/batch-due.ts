import type { ClosingReason } from './batch';
import { addDays, instantAt, type Day } from './calendar';
import { nextTime, type TimetableEntry } from './timetable';

/** When batches are closed by time: one of age and timetable there must be, so that nobody waits for ever (R97). */
export interface ClosingTimes {
  /** How long the oldest member may wait, in milliseconds. */
  mostAgeMs: number | null;
  timetable: readonly TimetableEntry[];
  timeZone: string;
}

export interface Due {
  /** In milliseconds since 1970. */
  at: number;
  why: ClosingReason;
}

/**
 * When a batch is to be closed at the latest. It follows from when it was opened alone, so that a start after a time that
 * was slept through closes it at once, and a clock that is set does not move it twice.
 *
 * @param period last day of its accounting period: its end closes the batch as well, unless it was opened later (R139)
 */
export function dueOf(openedMs: number, period: Day | null, times: ClosingTimes): Due {
  const { mostAgeMs, timetable, timeZone } = times;
  const candidates: Due[] = [];
  if (mostAgeMs !== null) candidates.push({ at: openedMs + mostAgeMs, why: 'age' });
  const scheduled = nextTime({ entries: timetable, timeZone }, openedMs);
  if (scheduled !== null) candidates.push({ at: scheduled, why: 'schedule' });
  const end = period === null ? null : instantAt(timeZone, addDays(period, 1), 0);
  if (end !== null && end > openedMs) candidates.push({ at: end, why: 'period-end' });
  return candidates.reduce<Due>((first, one) => (one.at < first.at ? one : first), {
    at: Number.POSITIVE_INFINITY,
    why: 'age',
  });
}
