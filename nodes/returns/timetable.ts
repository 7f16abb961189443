import { addDays, dayIn, instantAt, weekdayOf } from './calendar';
import { LedgerError } from './failure';

/** Times of day on certain weekdays, in a time zone. */
export interface Timetable {
  entries: readonly TimetableEntry[];
  timeZone: string;
}

export interface TimetableEntry {
  /** After midnight. */
  minutes: number;
  /** 0 for Sunday to 6 for Saturday. */
  days: ReadonlySet<number>;
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const EVERY_DAY: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6]);
/** Farther than any two times that follow each other. */
const DAYS_AHEAD = 8;

/**
 * Reads times such as `02:00 Mon-Fri; 14:30; 18:00 Sat, Sun`: a time without days is that of every day, several times
 * are parted by semicolons. Days are named in English, by two letters at least. An empty text has no times.
 * Throws `timetable-invalid` (config) that names the part which cannot be read.
 */
export function parseTimetable(text: string): TimetableEntry[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readEntry);
}

function readEntry(part: string): TimetableEntry {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)(?:\s+(.+))?$/.exec(part);
  if (!match) throw invalid(part);
  const [, hours = '', minutes = '', days] = match;
  return {
    minutes: Number(hours) * 60 + Number(minutes),
    days: days === undefined ? EVERY_DAY : new Set(days.split(',').flatMap((range) => readDays(range, part))),
  };
}

function readDays(range: string, part: string): number[] {
  const [from, to, ...more] = range.split(/[-–]/).map((name) => readDay(name.trim(), part));
  if (from === undefined || more.length > 0) throw invalid(part);
  if (to === undefined) return [from];
  // Over the end of the week as well: Sat-Mon.
  const length = ((to - from + 7) % 7) + 1;
  return Array.from({ length }, (_, at) => (from + at) % 7);
}

function readDay(name: string, part: string): number {
  const found = DAYS.findIndex((day) => name.length >= 2 && day.startsWith(name.toLowerCase()));
  if (found < 0) throw invalid(part);
  return found;
}

/**
 * The next time of the timetable after an instant, in milliseconds since 1970; null where it has none. Each time comes
 * once on each of its days, whatever the clocks do on that day.
 */
export function nextTime({ entries, timeZone }: Timetable, afterMs: number): number | null {
  if (entries.length === 0) return null;
  const today = dayIn(timeZone, afterMs);
  for (let ahead = -1; ahead <= DAYS_AHEAD; ahead += 1) {
    const day = addDays(today, ahead);
    const times = entries
      .filter(({ days }) => days.has(weekdayOf(day)))
      .map(({ minutes }) => instantAt(timeZone, day, minutes))
      .filter((instant) => instant > afterMs);
    if (times.length > 0) return Math.min(...times);
  }
  return null;
}

function invalid(part: string): LedgerError {
  return new LedgerError({
    code: 'timetable-invalid',
    class: 'config',
    message: `"${part.slice(0, 40)}" is not a time with its days, such as 02:00 Mon-Fri`,
  });
}
