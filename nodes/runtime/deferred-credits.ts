import { z } from 'zod';
import { addDays, isDay, type Day } from '../returns/calendar';
import { LedgerError } from '../returns/failure';
import { CurrencySums, type CurrencySum } from '../returns/currency-sums';
import { formatMoney, money, type Money } from '../returns/money';
import { instantOf } from '../returns/time';
import type { ReturnsStore } from '../store/store';
import type { Surroundings } from './retry';

/** Documents that are read at a time: no more are held. */
const PAGE = 500;
/** Rows that a message holds; what is beyond is in the sums only. */
const MOST_ROWS = 500;
/** Two months and some days: a close is done in the month after. */
const USUAL_DAYS = 70;

const day = z.string().refine(isDay, 'must be a day such as 2026-03-31');
const rangeSchema = z.object({ from: day.optional(), until: day.optional() });

/** Credits of closed days, as finance needs them for the close: what belongs to which period, and where it is (R164, R166). */
export interface DeferredCredits {
  from: Day;
  until: Day;
  count: number;
  /** What was credited, positive, by currency. */
  totals: CurrencySum[];
  rows: DeferredCredit[];
  /** Whether there are more than the rows show. */
  more: boolean;
}

export interface DeferredCredit {
  return: string | null;
  order: string | null;
  document: string;
  /** What was credited, positive. */
  amount: string | null;
  /** The day that it belongs to. */
  day: Day;
  /** The day that it was posted on. */
  postingDay: Day | null;
}

/**
 * Lists credits of a connection that belong to a day of a closed period and were posted on a later one.
 *
 * @param payload `{ from, until }`, days that the credits belong to, both included; without, the last 70 days
 * @throws command-invalid (data-invalid) where that is something else
 */
export async function deferredCredits(
  payload: unknown,
  store: Pick<ReturnsStore, 'deferredDocuments' | 'returnState'>,
  connectionId: string,
  { clock }: Pick<Surroundings, 'clock'>,
): Promise<DeferredCredits> {
  const { from, until } = rangeOf(payload, instantOf(clock).slice(0, 10));
  // Nothing is deferred before its own day; a day begins earlier in the east.
  const since = `${addDays(from, -1)}T00:00:00.000Z`;
  const totals = new CurrencySums();
  const rows: DeferredCredit[] = [];
  const credits = (await readDeferred(store, connectionId, since)).filter(
    ({ day }) => day >= from && day <= until,
  );
  for (const { returnKey, document, amount, day, postingDay } of credits) {
    if (amount) totals.add(amount);
    if (rows.length >= MOST_ROWS) continue;
    const state = await store.returnState(returnKey);
    rows.push({
      return: state?.returnNumber ?? null,
      order: state?.orderNumber ?? null,
      document,
      amount: amount && formatMoney(amount),
      day,
      postingDay,
    });
  }
  const count = credits.length;
  return { from, until, count, totals: totals.shown(), rows, more: count > rows.length };
}

interface Deferred {
  returnKey: string;
  document: string;
  amount: Money | null;
  day: Day;
  postingDay: Day | null;
}

/**
 * Each credit once: where a credit and its invoice were both deferred, it belongs to the day of the first and is posted on
 * that of the last.
 */
async function readDeferred(
  store: Pick<ReturnsStore, 'deferredDocuments'>,
  connectionId: string,
  since: string,
): Promise<Deferred[]> {
  const credits = new Map<string, Deferred>();
  for (let offset = 0; ; offset += PAGE) {
    const page = await store.deferredDocuments({ connectionId, since, limit: PAGE, offset });
    for (const { returnKey, document } of page) {
      const { references, amount } = document;
      const number = references['credit'] ?? document.number;
      const key = JSON.stringify([returnKey, number]);
      const first = credits.get(key);
      credits.set(key, {
        returnKey,
        document: number,
        amount: amount && money(Math.abs(amount.minor), amount.currency),
        day: first?.day ?? references['deferredFrom'] ?? '',
        postingDay: references['postingDay'] ?? null,
      });
    }
    if (page.length < PAGE) return [...credits.values()];
  }
}

/** An injected message brings a text or a time where nothing was meant. */
function rangeOf(payload: unknown, today: Day): { from: Day; until: Day } {
  const given = typeof payload === 'object' && payload !== null ? payload : {};
  const parsed = rangeSchema.safeParse(given);
  const { until = today, from = addDays(until, -USUAL_DAYS) } = parsed.data ?? {};
  if (parsed.success && from <= until) return { from, until };
  const issue = parsed.error?.issues[0];
  throw new LedgerError({
    code: 'command-invalid',
    class: 'data-invalid',
    message: issue
      ? `For deferred, msg.payload.${issue.path.join('.')} ${issue.message}`
      : `For deferred, msg.payload.from must not be later than msg.payload.until`,
  });
}
