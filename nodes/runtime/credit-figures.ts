import { LedgerError } from '../returns/failure';
import { matchPayout, payoutRowSchema, type PayoutRow } from '../returns/match-payout';
import { formatMoney, money } from '../returns/money';
import { deferredCredits } from './deferred-credits';
import { exposureOf } from './pair-watch';
import type { Surroundings } from './retry';
import type { Half, ReturnsStore, StoredHalf } from '../store/store';

/** What can be asked of a credit node with `msg.command`. */
export const FIGURES = ['exposure', 'unpaired', 'deferred', 'match-payout'] as const;
export type FiguresCommand = (typeof FIGURES)[number];

const MOST_ROWS = 500;

/**
 * Reads a command; null where the message is none. Throws `command-invalid` that says what may be sent.
 *
 * @param besides commands that the node knows besides
 */
export function readFiguresCommand<Other extends string = never>(
  command: unknown,
  besides: readonly Other[] = [],
): FiguresCommand | Other | null {
  if (command === undefined || command === null || command === '') return null;
  const known = [...FIGURES, ...besides].find((name) => name === command);
  if (known) return known;
  throw new LedgerError({
    code: 'command-invalid',
    class: 'data-invalid',
    message: `msg.command can be ${[...FIGURES, ...besides].join(', ')}, but is something else`,
  });
}

/**
 * Answers a command. `exposure`: money out and goods not in, by brand, currency and age. `unpaired`: returns that have
 * one half and not the other, whether that is overdue or not. `deferred`: credits of closed days, posted later, where
 * `msg.payload` may be `{ from, until }`. `match-payout`: `msg.payload` is the list of rows of a
 * payout file, each with `reference`, `amount` and `currency`.
 */
export async function figuresOf(
  command: FiguresCommand,
  payload: unknown,
  store: ReturnsStore,
  connectionId: string,
  surroundings: Pick<Surroundings, 'clock'>,
): Promise<unknown> {
  switch (command) {
    case 'exposure': {
      const rows = await exposureOf(store, connectionId, surroundings);
      return rows.map((row) => ({ ...row, amount: formatMoney(money(row.minor, row.currency)) }));
    }
    case 'unpaired':
      return unpaired(store, connectionId, surroundings.clock.now());
    case 'deferred':
      return deferredCredits(payload, store, connectionId, surroundings);
    case 'match-payout':
      return payout(readRows(payload), store);
  }
}

async function unpaired(
  store: ReturnsStore,
  connectionId: string,
  now: number,
): Promise<Record<string, unknown>> {
  const list = async (half: Half, without: Half): Promise<Record<string, unknown>[]> => {
    const found = await store.unpairedHalves({ half, without, connectionId, limit: MOST_ROWS });
    return found.map((entry) => shown(entry, now));
  };
  return {
    creditsWithoutGoods: await list('credit', 'goods'),
    goodsWithoutCredit: await list('goods', 'credit'),
    stockWithoutCredit: await list('stock', 'credit'),
  };
}

function shown(entry: StoredHalf, now: number): Record<string, unknown> {
  const { returnNumber, orderNumber, brand, document, amount, at, dueAt } = entry;
  return {
    return: returnNumber,
    order: orderNumber,
    brand,
    document,
    amount: amount === null ? null : formatMoney(money(Math.abs(amount.minor), amount.currency)),
    since: at,
    due: dueAt,
    overdue: dueAt !== null && Date.parse(dueAt) < now,
  };
}

function readRows(payload: unknown): PayoutRow[] {
  if (!Array.isArray(payload)) {
    throw new LedgerError({
      code: 'command-invalid',
      class: 'data-invalid',
      message: 'For match-payout, msg.payload must be a list of rows with reference, amount and currency',
    });
  }
  return payload.map((row: unknown, index) => {
    const parsed = payoutRowSchema.safeParse(row);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new LedgerError({
      code: 'command-invalid',
      class: 'data-invalid',
      message: `Row ${index + 1} of the payout: ${issue?.path.join('.') ?? 'row'} ${issue?.message ?? 'is missing'}`,
    });
  });
}

async function payout(rows: readonly PayoutRow[], store: ReturnsStore): Promise<Record<string, unknown>> {
  const names = [...new Set(rows.map(({ reference }) => reference.trim()))];
  const halves = await store.halvesNamed('credit', names);
  const credits = halves.flatMap(({ document, amount, returnNumber, orderNumber }) =>
    document === null || amount === null ? [] : [{ document, amount, returnNumber, orderNumber }],
  );
  const { matches, unpaid } = matchPayout(rows, credits);
  return {
    matched: matches.filter(({ explanation }) => explanation === null),
    explained: matches.filter(({ explanation }) => explanation !== null),
    creditedNotPaid: unpaid.map((credit) => ({
      ...credit,
      amount: formatMoney(money(Math.abs(credit.amount.minor), credit.amount.currency)),
    })),
  };
}
