import type { ExceptionLine } from '../returns/exception';
import { formatMoney, type Money } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import { roundFine } from './amount';
import type { ExchangePlan } from './plan-exchange';
import type { OriginalOrder } from './records';

/** Words for the allocation of an order's stock (order GET, "Stock Allocation Codes"). */
const ALLOCATION: Readonly<Record<string, string>> = {
  AAA: 'allocated',
  APA: 'partly allocated',
  ANA: 'not allocated',
  ANR: 'no allocation needed',
};

export function allocationInWords(code: string): string {
  return ALLOCATION[code] ?? `allocation ${code === '' ? 'unknown' : code}`;
}

/** Where the stock of a replacement is not promised to it, it does not reach picking by itself (R126). */
export function notAllocated(order: OriginalOrder): Problem | null {
  if (order.allocation === 'AAA' || order.allocation === 'ANR') return null;
  const goods = order.rows.filter(({ productId, bundleChild }) => productId !== null && !bundleChild);
  return {
    code: 'exchange-not-allocated',
    what: `order ${order.id}: ${allocationInWords(order.allocation)}`,
    lines: goods.map(({ sku, quantity }) => ({
      sku,
      field: 'allocation',
      expected: `${quantity ?? '?'} allocated`,
      received: allocationInWords(order.allocation),
    })),
  };
}

/** Totals of an order, as Brightpearl makes them. */
export function totalsOf(order: OriginalOrder): { net: Money; tax: Money; gross: Money } {
  const { net, tax, gross } = order.total;
  const amount = (fine: number): Money => roundFine(fine, order.currency);
  return { net: amount(net), tax: amount(tax), gross: amount(gross) };
}

/**
 * Compares the order with what was meant: its totals, which Brightpearl makes of the rows itself, and the link to the
 * original order (R57, R128). An order that was there before and says something else is a conflict.
 *
 * @param parentId the order that it was to hang on; null where no link was asked for
 */
export function compareExchange(
  order: OriginalOrder,
  plan: ExchangePlan,
  parentId: number | null,
  created: boolean,
): Problem | null {
  const there = totalsOf(order);
  const lines: Partial<ExceptionLine>[] = [];
  for (const field of ['net', 'tax', 'gross'] as const) {
    const [expected, received] = [formatMoney(plan[field]), formatMoney(there[field])];
    if (expected !== received) lines.push({ field, expected, received });
  }
  if (parentId !== null && order.parentId !== parentId) {
    const received = order.parentId === null ? 'none' : String(order.parentId);
    lines.push({ field: 'parent order', expected: String(parentId), received });
  }
  if (lines.length === 0) return null;
  const differences = lines.map((line) => `${line.field}: ${line.expected} meant, ${line.received} there`);
  return {
    code: created ? 'amount-mismatch' : 'document-conflict',
    what: `replacement order ${order.id}, ${differences.join(', ')}`,
    lines,
  };
}
