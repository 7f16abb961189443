import { z } from 'zod';
import { LedgerError } from './failure';

/** A point in time: ISO 8601, in UTC, with milliseconds, for example `2026-02-03T17:14:22.000Z`. */
export const instantSchema = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
    'must be a UTC time such as 2026-02-03T17:14:22.000Z',
  );

const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/i;

/**
 * Brings an ISO 8601 time with an offset to UTC. A time without an offset is refused (`time-no-offset`): guessing a
 * zone moves month-end postings by a day.
 */
export function toInstant(text: string): string {
  const trimmed = text.trim();
  if (!WITH_OFFSET.test(trimmed)) {
    throw timeError('A time must be ISO 8601 with an offset, such as 2026-02-03T09:14:22-08:00');
  }
  const instant = new Date(trimmed.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (Number.isNaN(instant.getTime())) throw timeError('The time does not exist in the calendar');
  return instant.toISOString();
}

function timeError(message: string): LedgerError {
  return new LedgerError({ code: 'time-no-offset', class: 'data-invalid', message });
}

/** Where the time comes from. Everything that waits or stamps takes a clock, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970 in UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** The clock's time as an instant text. */
export function instantOf(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
