import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isClosed, parsePeriodEnds, periodEnd, postingDay } from '../../nodes/returns/accounting-period';
import {
  addDays,
  dayIn,
  endOfMonth,
  instantAt,
  isDay,
  isTimeZone,
  timeIn,
  weekdayOf,
} from '../../nodes/returns/calendar';
import { nextTime, parseTimetable } from '../../nodes/returns/timetable';

const at = (text: string): number => Date.parse(text);
const iso = (instant: number | null): string | null =>
  instant === null ? null : new Date(instant).toISOString();

describe('the calendar', () => {
  it('tells days and times where somebody is', () => {
    const instant = at('2026-03-31T23:30:00Z');
    assert.deepEqual([dayIn('UTC', instant), dayIn('Europe/London', instant)], ['2026-03-31', '2026-04-01']);
    assert.deepEqual([timeIn('Europe/London', instant), timeIn('Asia/Kolkata', instant)], ['00:30', '05:00']);
    assert.deepEqual([addDays('2026-02-28', 1), endOfMonth('2028-02-03')], ['2026-03-01', '2028-02-29']);
    assert.deepEqual([weekdayOf('2026-03-29'), isDay('2026-02-29'), isDay('today')], [0, false, false]);
    assert.deepEqual([isTimeZone('Europe/London'), isTimeZone('Europe/Nowhere')], [true, false]);
    assert.throws(() => addDays('2026-02-30', 1), { code: 'day-invalid' });
  });

  it('a time that does not exist is the next instant that does; of two of one name it is the first', () => {
    const find = (zone: string, day: string, minutes: number): string | null =>
      iso(instantAt(zone, day, minutes));
    assert.equal(find('Europe/London', '2026-03-29', 90), '2026-03-29T01:00:00.000Z');
    assert.equal(find('Europe/London', '2026-03-29', 59), '2026-03-29T00:59:00.000Z');
    assert.equal(find('Europe/London', '2026-10-25', 90), '2026-10-25T00:30:00.000Z');
    assert.equal(find('America/New_York', '2026-03-08', 150), '2026-03-08T07:00:00.000Z');
    assert.equal(find('America/New_York', '2026-11-01', 90), '2026-11-01T05:30:00.000Z');
    // Half an hour, midnight itself, and a day that never was.
    assert.equal(find('Australia/Lord_Howe', '2026-10-04', 130), '2026-10-03T15:30:00.000Z');
    assert.equal(find('America/Santiago', '2026-09-06', 0), '2026-09-06T04:00:00.000Z');
    assert.equal(find('Pacific/Apia', '2011-12-30', 720), '2011-12-30T10:00:00.000Z');
  });

  it('finds every time of every day in every zone', () => {
    const zone = fc.constantFrom(
      'UTC',
      'Europe/London',
      'America/St_Johns',
      'Asia/Kathmandu',
      'Pacific/Auckland',
    );
    const day = fc.integer({ min: 0, max: 3650 }).map((after) => addDays('2020-01-01', after));
    fc.assert(
      fc.property(zone, day, fc.integer({ min: 0, max: 1439 }), (timeZone, date, minutes) => {
        const instant = instantAt(timeZone, date, minutes);
        assert.equal(dayIn(timeZone, instant), date);
        const shown = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
        assert.ok(timeIn(timeZone, instant) >= shown);
      }),
    );
  });
});

describe('a timetable', () => {
  const next = (text: string, timeZone: string, after: string): string | null =>
    iso(nextTime({ entries: parseTimetable(text), timeZone }, at(after)));

  it('has times on weekdays, in a time zone', () => {
    assert.equal(next('02:00 Mon-Fri', 'UTC', '2026-02-20T01:59:59Z'), '2026-02-20T02:00:00.000Z');
    assert.equal(next('02:00 Mon-Fri', 'UTC', '2026-02-20T02:00:00Z'), '2026-02-23T02:00:00.000Z');
    assert.equal(next('2:00 Mo–Fr; 18:30 sa', 'UTC', '2026-02-20T03:00:00Z'), '2026-02-21T18:30:00.000Z');
    assert.equal(next('23:00 Sat-Mon', 'UTC', '2026-02-20T03:00:00Z'), '2026-02-21T23:00:00.000Z');
    assert.equal(
      next('00:15 Tue, Thu', 'America/New_York', '2026-02-20T12:00:00Z'),
      '2026-02-24T05:15:00.000Z',
    );
    assert.equal(next('', 'UTC', '2026-02-20T12:00:00Z'), null);
    for (const wrong of ['25:00', '2 Mon', '02:00 Caturday', '02:00 Mon-Tue-Wed', '02:00 M', '02:00,']) {
      assert.throws(() => parseTimetable(wrong), { code: 'timetable-invalid' }, wrong);
    }
  });

  it('comes once a day when the clocks change', () => {
    const entries = parseTimetable('01:30; 02:30');
    const timeZone = 'Europe/London';
    const run = (from: string, times: number): string[] => {
      const found: string[] = [];
      let after = at(from);
      for (let count = 0; count < times; count += 1) {
        after = nextTime({ entries, timeZone }, after) ?? 0;
        found.push(new Date(after).toISOString().slice(5, 16));
      }
      return found;
    };
    assert.deepEqual(run('2026-03-28T22:00:00Z', 4), [
      '03-29T01:00',
      '03-29T01:30',
      '03-30T00:30',
      '03-30T01:30',
    ]);
    assert.deepEqual(run('2026-10-24T22:00:00Z', 4), [
      '10-25T00:30',
      '10-25T02:30',
      '10-26T01:30',
      '10-26T02:30',
    ]);
  });
});

describe('accounting periods', () => {
  it('end with the month, on listed days, or nowhere', () => {
    const listed = { kind: 'listed', ends: parsePeriodEnds('2026-04-25, 2026-03-28') } as const;
    assert.equal(periodEnd('2026-02-03', { kind: 'month' }), '2026-02-28');
    assert.equal(periodEnd('2026-03-28', listed), '2026-03-28');
    assert.equal(periodEnd('2026-03-29', listed), '2026-04-25');
    assert.equal(periodEnd('2026-04-26', listed), null);
    assert.equal(periodEnd('2026-04-26', { kind: 'none' }), null);
    assert.throws(() => parsePeriodEnds('2026-02-30'), { code: 'period-invalid' });
  });

  it('R164: things of several days are posted on the latest, or on the first open day', () => {
    assert.equal(postingDay(['2026-03-30', '2026-03-31'], null), '2026-03-31');
    assert.equal(postingDay(['2026-03-30', '2026-03-31'], '2026-03-31'), '2026-04-01');
    assert.equal(postingDay(['2026-03-30', '2026-04-02'], '2026-03-31'), '2026-04-02');
    assert.equal(postingDay([], '2026-03-31'), null);
    assert.deepEqual(
      [isClosed('2026-03-31', '2026-03-31'), isClosed('2026-04-01', '2026-03-31')],
      [true, false],
    );
  });
});
