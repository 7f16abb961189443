import { addDays, endOfMonth, isDay, type Day } from './calendar';
import { LedgerError } from './failure';

/** Where accounting periods end: with the month, on days that are listed, or nowhere. */
export type Periods = { kind: 'month' } | { kind: 'listed'; ends: readonly Day[] } | { kind: 'none' };

/**
 * Reads the last days of periods, parted by commas or blanks. Throws `period-invalid` (config) for what is not a day.
 */
export function parsePeriodEnds(text: string): Day[] {
  const days = text.split(/[\s,;]+/).filter((part) => part !== '');
  const wrong = days.find((day) => !isDay(day));
  if (wrong !== undefined) {
    throw new LedgerError({
      code: 'period-invalid',
      class: 'config',
      message: `"${wrong.slice(0, 20)}" is not the last day of a period, such as 2026-03-28`,
    });
  }
  return [...new Set(days)].sort();
}

/** The last day of the period that a day is in; null where it has no end that is known. */
export function periodEnd(day: Day, periods: Periods): Day | null {
  switch (periods.kind) {
    case 'month':
      return endOfMonth(day);
    case 'listed':
      return periods.ends.find((end) => end >= day) ?? null;
    case 'none':
      return null;
  }
}

/** Whether the books are closed for a day. */
export function isClosed(day: Day, closedUntil: Day | null): boolean {
  return closedUntil !== null && day <= closedUntil;
}

/**
 * The one day that things of several days are posted on: the latest of them, or the first day that is open (R164).
 * Everything that is posted together carries it, money and stock alike (R165).
 */
export function postingDay(days: Iterable<Day>, closedUntil: Day | null): Day | null {
  let latest: Day | null = null;
  for (const day of days) if (latest === null || day > latest) latest = day;
  if (latest === null || closedUntil === null || latest > closedUntil) return latest;
  return addDays(closedUntil, 1);
}
