import { postingDay as openDay } from '../../returns/accounting-period';
import { addDays, dayIn, endOfMonth, type Day } from '../../returns/calendar';
import type { LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import { textOf, type D365Row } from '../fscm/rows';
import type { CreditNotePolicy } from '../documents';

export interface PostingDay {
  /** The day that the credit is posted on. */
  day: Day;
  /** The day it belongs to. */
  own: Day;
}

/**
 * The last day of the accounting periods that are closed; null where none is. The range of allowed posting dates, which
 * posting really goes by, is not in the API (`reference/dynamics365.md` B4): it shows when a posting is refused.
 */
export function closedUntil(periods: readonly D365Row[]): Day | null {
  const starts = periods
    .map((row) => ({
      day: textOf(row, 'startingDate'),
      closed: row['closed'] === true || row['dateLocked'] === true,
    }))
    .sort((a, b) => (a.day < b.day ? -1 : 1));
  const last = starts.findLastIndex(({ closed }) => closed);
  const period = starts[last];
  if (!period) return null;
  const next = starts[last + 1];
  return next ? addDays(next.day, -1) : endOfMonth(period.day);
}

/** The day of a credit: its own, or, where that one is closed, the first open day or none (R163, R164). */
export function postingDay(
  occurredAt: string,
  closed: Day | null,
  { closedPeriod, timeZone }: Pick<CreditNotePolicy, 'closedPeriod' | 'timeZone'>,
): PostingDay | { problem: Problem } {
  const own = dayIn(timeZone, Date.parse(occurredAt));
  const day = openDay([own], closed) ?? own;
  if (day === own || closedPeriod === 'defer') return { day, own };
  const what = `the credit belongs to ${own}, and the books are closed until ${closed ?? ''}`;
  return { problem: { code: 'period-closed', what, lines: [] } };
}

/** Which setting refuses a day, and whose it is: the API tells neither. */
const SETTINGS = {
  dates:
    'Allow Posting From and To in General Ledger Setup, or of the user of the connection in User Setup, which whoever ' +
    'closes the books changes',
  inventory: 'Inventory Periods, where whoever closes the stock opens it again',
} as const;

/**
 * Business Central refuses every day that may be taken, and does not tell which ones it would take.
 *
 * @param days those that were tried
 */
export function dayRefused(
  days: readonly Day[],
  { code, message }: Pick<LedgerError, 'code' | 'message'>,
): Problem {
  const setting = code === 'd365-inventory-closed' ? SETTINGS.inventory : SETTINGS.dates;
  const tried = [...new Set(days)].join(' and ');
  const what = `posting date ${tried}: ${message.replace(/\.$/, '')}; set in ${setting}`;
  return { code: 'period-closed', what, lines: [] };
}
