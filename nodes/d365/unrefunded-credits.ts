import type { PostedDocument } from '../returns/event';
import { formatMoney, money, type Money } from '../returns/money';
import { CurrencySums, type CurrencySum } from '../returns/currency-sums';
import { refundedByHand } from '../runtime/settled-outside';
import type { ReturnsStore } from '../store/store';
import { KINDS, SYSTEM } from './documents';

/** Returns that are read at a time: no more are held. */
const PAGE = 500;
/** Rows that a message holds; what is beyond is in the sums only. */
const MOST_ROWS = 500;

/** A posted credit of which money is still owed to the customer. */
export interface UnrefundedCredit {
  returnKey: string;
  returnNumber: string | null;
  orderNumber: string | null;
  /** Number of the credit note. */
  credit: string;
  company: string | null;
  postedAt: string;
  /** What the credit note gives, positive. */
  credited: Money;
  /** What was refunded of it, or came back as a replacement. */
  covered: Money;
  open: Money;
}

/**
 * Posted credits without a refund, or with one that is too small (R179), by what the store knows: what refunds and
 * replacement orders cover is taken off, and returns whose refund a person has made outside are left out (R17). Serves both
 * products; one page of returns is held at a time.
 *
 * @param filter of one company; credits posted at `before` or later are left out, for their refund may be under way
 */
export async function* unrefundedCredits(
  store: Pick<ReturnsStore, 'listReturns' | 'documentsOf' | 'settledOutside'>,
  filter: { company?: string; before?: string } = {},
): AsyncGenerator<UnrefundedCredit> {
  for (let offset = 0; ; offset += PAGE) {
    const returns = await store.listReturns({ limit: PAGE, offset });
    for (const { returnKey, returnNumber, orderNumber } of returns) {
      const open = openCredits(await store.documentsOf(returnKey)).filter(
        ({ company, postedAt }) =>
          (filter.company === undefined || company === filter.company) &&
          (filter.before === undefined || postedAt < filter.before),
      );
      if (open.length === 0 || (await refundedByHand(store, returnKey))) continue;
      for (const one of open) yield { returnKey, returnNumber, orderNumber, ...one };
    }
    if (returns.length < PAGE) return;
  }
}

/** What of the credits of one return is open; replacement orders cover the first of them first. */
export function openCredits(
  documents: readonly PostedDocument[],
): Omit<UnrefundedCredit, 'returnKey' | 'returnNumber' | 'orderNumber'>[] {
  const ours = documents.filter(({ system }) => system === SYSTEM);
  const sum = (of: readonly PostedDocument[], currency: string): number =>
    of.reduce((total, { amount }) => total + (amount?.currency === currency ? Math.abs(amount.minor) : 0), 0);
  const goods = new Map<string, number>();
  return ours.flatMap((credit) => {
    const { amount, references, number, postedAt } = credit;
    if (credit.kind !== KINDS.creditNote || amount === null) return [];
    const { currency } = amount;
    const refunds = ours.filter((one) => one.kind === KINDS.refund && one.references['credit'] === number);
    const orders = ours.filter(({ kind }) => kind === KINDS.exchange);
    const replaced = goods.get(currency) ?? sum(orders, currency);
    const credited = Math.abs(amount.minor);
    const refunded = Math.min(credited, sum(refunds, currency));
    const byGoods = Math.min(credited - refunded, replaced);
    goods.set(currency, replaced - byGoods);
    const open = credited - refunded - byGoods;
    if (open === 0) return [];
    return [
      {
        credit: number,
        company: references['company'] ?? null,
        postedAt,
        credited: money(credited, currency),
        covered: money(credited - open, currency),
        open: money(open, currency),
      },
    ];
  });
}

/** What the command `unrefunded` answers: credits whose money has not gone back, or not all of it (R179). */
export interface UnrefundedFigures {
  count: number;
  /** What is still owed, by currency. */
  totals: CurrencySum[];
  rows: {
    return: string | null;
    order: string | null;
    credit: string;
    company: string | null;
    postedAt: string;
    credited: string;
    open: string;
  }[];
  /** Whether there are more than the rows show. */
  more: boolean;
}

export async function unrefundedFigures(
  store: Parameters<typeof unrefundedCredits>[0],
): Promise<UnrefundedFigures> {
  const totals = new CurrencySums();
  const rows: UnrefundedFigures['rows'] = [];
  let count = 0;
  for await (const one of unrefundedCredits(store)) {
    const { returnNumber, orderNumber, credit, company, postedAt, credited, open } = one;
    count += 1;
    totals.add(open);
    if (rows.length >= MOST_ROWS) continue;
    const amounts = { credited: formatMoney(credited), open: formatMoney(open) };
    rows.push({ return: returnNumber, order: orderNumber, credit, company, postedAt, ...amounts });
  }
  return { count, totals: totals.shown(), rows, more: count > rows.length };
}
