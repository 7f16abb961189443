import { addDays, type Day } from '../../returns/calendar';
import { LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import type { Clock } from '../../returns/time';
import type { D365Client } from './client';
import { NAMES_OF } from './names';
import { anyOf, eq } from './odata';
import { textOf, type D365Row } from './rows';

/** How long the periods are remembered: a backlog must not ask for them with each return. */
const FRESH_MS = 30_000;

/** Parts of the books that a credit note and its packing slip are posted to (A8). */
const LEVELS = [
  'CustAccessLevel',
  'SalesAccessLevel',
  'InventAccessLevel',
  'LedgerAccessLevel',
  'TaxAccessLevel',
] as const;

/** A fiscal period of the company. */
export interface FiscalPeriod {
  name: string;
  start: Day;
  end: Day;
  /** Why nothing may be posted in it, in a few words; empty where it is open. */
  shut: string;
}

/** The day that a credit is posted on. */
export interface PostingDay {
  day: Day;
  /** The day it belongs to, where that one is closed and it was deferred (R164). */
  deferredFrom: Day | null;
}

/** The fiscal periods of the company: their dates and their states are in two sets, joined by name (A8). */
export class FscmPeriods {
  private known: { at: number; periods: Promise<FiscalPeriod[]> } | null = null;

  constructor(
    private readonly client: Pick<D365Client, 'list'>,
    private readonly company: string,
    private readonly clock: Clock,
  ) {}

  /** In order of their days. Throws `d365-periods-missing` (config) where there are none. */
  read(signal?: AbortSignal): Promise<FiscalPeriod[]> {
    const now = this.clock.now();
    if (this.known && now - this.known.at < FRESH_MS && now >= this.known.at) return this.known.periods;
    const periods = this.ask(signal).catch((thrown: unknown) => {
      this.forget();
      throw thrown;
    });
    this.known = { at: now, periods };
    return periods;
  }

  /** D365 has said otherwise: they are read anew. */
  forget(): void {
    this.known = null;
  }

  private async ask(signal?: AbortSignal): Promise<FiscalPeriod[]> {
    const { LedgerFiscalPeriods, FiscalPeriods } = NAMES_OF.credit;
    const states = await this.client.list(
      'LedgerFiscalPeriods',
      { filter: eq('LegalEntityId', this.company), select: LedgerFiscalPeriods },
      signal,
    );
    const calendars = [...new Set(states.map((row) => textOf(row, 'Calendar')))];
    if (calendars.length === 0) {
      throw new LedgerError({
        code: 'd365-periods-missing',
        class: 'config',
        message:
          `Company ${this.company} has no fiscal periods in Dynamics 365, or the application’s user may not read them ` +
          '(LedgerFiscalPeriods). Give it that right, or a fiscal calendar to the company',
      });
    }
    const dates = await this.client.list(
      'FiscalPeriods',
      { filter: anyOf('Calendar', calendars), select: FiscalPeriods },
      signal,
    );
    return joinPeriods(states, dates);
  }
}

/** Joins the states of periods with their dates; opening and closing periods are no days to post on. */
export function joinPeriods(states: readonly D365Row[], dates: readonly D365Row[]): FiscalPeriod[] {
  const name = (row: D365Row, year: string): string =>
    [textOf(row, 'Calendar'), textOf(row, year), textOf(row, 'PeriodName')].join('\n').toLowerCase();
  const stateOf = new Map(states.map((row) => [name(row, 'YearName'), row]));
  return dates
    .filter((row) => ['', 'Operating'].includes(textOf(row, 'Type')))
    .flatMap((row) => {
      const state = stateOf.get(name(row, 'FiscalYear'));
      if (!state) return [];
      return [
        {
          name: `${textOf(row, 'PeriodName')} ${textOf(row, 'FiscalYear')}`,
          start: textOf(row, 'StartDate').slice(0, 10),
          end: textOf(row, 'EndDate').slice(0, 10),
          shut: whyShut(state),
        },
      ];
    })
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}

function whyShut(state: D365Row): string {
  const status = textOf(state, 'PeriodStatus');
  if (status !== 'Open') return status === 'OnHold' ? 'on hold' : 'closed';
  const level = LEVELS.find((field) => textOf(state, field) === 'None');
  return level === undefined ? '' : `shut for ${level.replace('AccessLevel', '')}`;
}

/** The period of a day; undefined where the calendar has none. */
export function periodOf(day: Day, periods: readonly FiscalPeriod[]): FiscalPeriod | undefined {
  return periods.find(({ start, end }) => start <= day && day <= end);
}

/**
 * The day that a credit is posted on: its own, or, where its period is shut, the first open day after it (`defer`), or
 * none (`park`: finance's at once). Read before posting, so that no call is made that the books would refuse (R163).
 */
export function postingDay(
  day: Day,
  periods: readonly FiscalPeriod[],
  policy: 'defer' | 'park',
): PostingDay | { problem: Problem } {
  const own = periodOf(day, periods);
  if (own?.shut === '') return { day, deferredFrom: null };
  const why = own ? `${own.name} is ${own.shut}` : 'the calendar has no period for it';
  const next = periods.find(({ start, shut }) => shut === '' && start > day);
  if (policy === 'defer' && next) return { day: next.start, deferredFrom: day };
  const none = policy === 'defer' ? ', and no later period is open' : '';
  const what = `the credit belongs to ${day}, and ${why}${none}`;
  return { problem: { code: 'period-closed', what, lines: [] } };
}

/**
 * The last day up to which the books are closed; null where none is: the end of the last shut period that has begun, with
 * those that follow it and are shut as well.
 */
export function closedUntil(periods: readonly FiscalPeriod[], today: Day): Day | null {
  let closed: Day | null = null;
  for (const { start, end, shut } of periods) {
    const begun = start <= today || (closed !== null && start === addDays(closed, 1) && closed >= today);
    if (shut !== '' && begun) closed = end;
  }
  return closed;
}
