import { LedgerError } from './failure';

const SECOND_MS = 1000;
const DAY_MS = 24 * 3600 * SECOND_MS;
/** Farther than any clock change, a skipped day among them (Samoa, 2011). */
const AROUND_MS = 36 * 3600 * SECOND_MS;

/** A day of the calendar, such as `2026-03-31`. */
export type Day = string;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether the name is one of a time zone, such as `Europe/London`. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The day of an instant in a time zone. */
export function dayIn(timeZone: string, instantMs: number): Day {
  return new Date(wallClock(timeZone, instantMs)).toISOString().slice(0, 10);
}

/** The time of day of an instant in a time zone, such as `17:30`. */
export function timeIn(timeZone: string, instantMs: number): string {
  return new Date(wallClock(timeZone, instantMs)).toISOString().slice(11, 16);
}

/** Whether a text is a day that the calendar has. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** So many days later, or earlier with a negative number. */
export function addDays(day: Day, days: number): Day {
  return new Date(midnight(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The last day of the month. */
export function endOfMonth(day: Day): Day {
  const date = new Date(midnight(day));
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).toISOString().slice(0, 10);
}

/** 0 for Sunday to 6 for Saturday. */
export function weekdayOf(day: Day): number {
  return new Date(midnight(day)).getUTCDay();
}

/**
 * When the clocks of a time zone show a time of day, in milliseconds since 1970. A time that does not exist on that day,
 * because the clocks are put forward over it, is the next instant that exists; of a time that exists twice it is the
 * first one.
 *
 * @param minutes minutes after midnight, 0 to 1439
 */
export function instantAt(timeZone: string, day: Day, minutes: number): number {
  const wanted = midnight(day) + minutes * 60 * SECOND_MS;
  const before = wanted - AROUND_MS;
  const after = wanted + AROUND_MS;
  const offsets = [before, after].map((instant) => wallClock(timeZone, instant) - instant);
  const found = offsets
    .map((offset) => wanted - offset)
    .filter((instant) => wallClock(timeZone, instant) === wanted);
  if (found.length > 0) return Math.min(...found);
  return firstAtOrPast(timeZone, wanted, before, after);
}

/** The first instant at which the clocks show the wanted time or a later one; to the second, as clock changes are. */
function firstAtOrPast(timeZone: string, wanted: number, before: number, after: number): number {
  let [low, high] = [before / SECOND_MS, after / SECOND_MS];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wallClock(timeZone, middle * SECOND_MS) >= wanted) high = middle;
    else low = middle;
  }
  return high * SECOND_MS;
}

/** What the clocks show, as if it were a time in UTC. */
function wallClock(timeZone: string, instantMs: number): number {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}

/** Making one takes long, using it does not. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}

function midnight(day: Day): number {
  if (isDay(day)) return Date.parse(`${day}T00:00:00Z`);
  throw new LedgerError({
    code: 'day-invalid',
    class: 'data-invalid',
    message: 'A day must be one of the calendar, such as 2026-03-31',
  });
}
