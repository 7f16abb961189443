import { z } from 'zod';
import { formatMoney, money, parseMoney, type Money } from './money';

/** A line of a payout file: what a payment provider or the platform says it has paid back. */
export const payoutRowSchema = z.looseObject({
  /** The order or return number, or our reference, whichever the file has. */
  reference: z.union([z.string(), z.number()]).transform(String),
  /** What was paid back, as a decimal; its sign is not looked at. */
  amount: z.union([z.string(), z.number()]),
  currency: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{3}$/, 'must be a currency code such as GBP'),
  id: z.union([z.string(), z.number()]).transform(String).optional(),
});

export type PayoutRow = z.infer<typeof payoutRowSchema>;

/** A credit that may be in the payout. */
export interface PayoutCredit {
  returnNumber: string | null;
  orderNumber: string | null;
  document: string;
  amount: Money;
}

export interface PayoutMatch {
  row: PayoutRow;
  /** Numbers of the credits that it pays; empty where none fits. */
  credits: string[];
  /** Why not, in words; null where it is matched. */
  explanation: string | null;
}

/**
 * Matches a payout with credits without line-by-line work (R116): by return or document first, then by order; one
 * credit over the amount, or all that are left of the order together. Whatever does not fit is explained, never
 * forced. A credit is matched once.
 */
export function matchPayout(
  rows: readonly PayoutRow[],
  credits: readonly PayoutCredit[],
): { matches: PayoutMatch[]; unpaid: PayoutCredit[] } {
  const open = new Set(credits);
  const matches = rows.map((row): PayoutMatch | null => matchOne(row, open, 'exact'));
  const rest = matches.map(
    (match, index) =>
      match ??
      matchOne(rows[index] as PayoutRow, open, 'together') ??
      explain(rows[index] as PayoutRow, open, credits),
  );
  return { matches: rest, unpaid: [...open] };
}

function matchOne(row: PayoutRow, open: Set<PayoutCredit>, how: 'exact' | 'together'): PayoutMatch | null {
  const amount = amountOf(row);
  if (amount === null) return null;
  const candidates = named(row, open);
  const same = (credit: PayoutCredit): boolean =>
    credit.amount.currency === amount.currency && Math.abs(credit.amount.minor) === amount.minor;
  const single = candidates.find(same);
  const found = how === 'exact' ? (single ? [single] : []) : together(candidates, amount);
  if (found.length === 0) return null;
  for (const credit of found) open.delete(credit);
  return { row, credits: found.map(({ document }) => document), explanation: null };
}

function together(candidates: readonly PayoutCredit[], amount: Money): PayoutCredit[] {
  const own = candidates.filter((credit) => credit.amount.currency === amount.currency);
  const sum = own.reduce((total, credit) => total + Math.abs(credit.amount.minor), 0);
  return own.length > 0 && sum === amount.minor ? own : [];
}

/** Credits that the row's reference names: of the return or document before those of the order. */
function named(row: PayoutRow, credits: Iterable<PayoutCredit>): PayoutCredit[] {
  const reference = row.reference.trim().toLowerCase();
  const is = (text: string | null): boolean => text !== null && text.toLowerCase() === reference;
  const all = [...credits];
  const own = all.filter(({ returnNumber, document }) => is(returnNumber) || is(document));
  return own.length > 0 ? own : all.filter(({ orderNumber }) => is(orderNumber));
}

function explain(row: PayoutRow, open: Set<PayoutCredit>, credits: readonly PayoutCredit[]): PayoutMatch {
  const amount = amountOf(row);
  const because = (explanation: string): PayoutMatch => ({ row, credits: [], explanation });
  if (amount === null) return because(`${row.amount} is not an amount of ${row.currency}`);
  const left = named(row, open);
  if (left.length > 0) {
    const shown = left
      .map((credit) => `${credit.document}: ${formatMoney(absolute(credit.amount))}`)
      .join(', ');
    return because(`paid ${formatMoney(amount)}, credited ${shown}`);
  }
  return named(row, credits).length > 0
    ? because(`paid ${formatMoney(amount)} once more: its credits are matched with other rows`)
    : because(`paid ${formatMoney(amount)}, and there is no credit for ${row.reference}`);
}

function amountOf(row: PayoutRow): Money | null {
  try {
    return absolute(
      parseMoney(typeof row.amount === 'string' ? row.amount.trim() : row.amount, row.currency),
    );
  } catch {
    return null;
  }
}

function absolute(amount: Money): Money {
  return money(Math.abs(amount.minor), amount.currency);
}
