import { dayIn, timeIn, weekdayOf } from '../returns/calendar';
import { currencyDecimals, formatDecimal, money } from '../returns/money';
import type { OpenSummary } from './open-batches';

const LONGEST = 32;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * What waits, what it comes to and when the next batch is closed, such as `312 in 4 · 8,120.50 GBP · 17:30` (R134). Where
 * that is too long for a status the pence are left out, and then the value.
 */
export function openText(summary: OpenSummary, timeZone: string, nowMs: number): string {
  const { members, batches, nextDue } = summary;
  if (members === 0) return 'nothing waits';
  const count = `${grouped(String(members))} in ${grouped(String(batches))}`;
  const when = nextDue === null ? '' : whenText(nextDue, timeZone, nowMs);
  const texts = valueTexts(summary).map((value) => [count, value, when].filter(Boolean).join(' · '));
  return texts.find((text) => text.length <= LONGEST) ?? [count, when].filter(Boolean).join(' · ');
}

/** Longest first. */
function valueTexts({ values }: OpenSummary): string[] {
  const known = [...values].filter(([, minor]) => minor !== 0);
  const [only] = known;
  if (!only) return [''];
  if (known.length > 1) return [`${known.length} currencies`];
  const [currency, minor] = only;
  const decimal = formatDecimal(money(minor, currency));
  const whole = currencyDecimals(currency) === 0 ? decimal : (decimal.split('.')[0] ?? decimal);
  return [`${grouped(decimal)} ${currency}`, `${grouped(whole)} ${currency}`];
}

/** The time of day, with its weekday where it is not within a day. */
function whenText(dueMs: number, timeZone: string, nowMs: number): string {
  if (dueMs <= nowMs) return 'now';
  const time = timeIn(timeZone, dueMs);
  if (dueMs - nowMs < 24 * 3_600_000) return time;
  return `${WEEKDAYS[weekdayOf(dayIn(timeZone, dueMs))] ?? ''} ${time}`;
}

function grouped(digits: string): string {
  const [whole = '', fraction] = digits.split('.');
  const parted = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? parted : `${parted}.${fraction}`;
}
