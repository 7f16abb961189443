import type { PostedDocument, ReturnEvent, ReturnLine } from '../../returns/event';
import type { Mappings } from '../../returns/mappings';
import { formatMoney, money, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import type { OrderItem, OrderItems } from './order-items';
import { netOf } from './tax-rate';

/** A fee as it stands on the return order: a line of a service that moves no stock and lowers the credit (R167, C2). */
export interface PlannedFee {
  line: ReturnLine;
  /** By which it is known again. */
  external: string;
  item: OrderItem;
  /** Amount of the line, positive: without tax where the ERP adds it. */
  amount: Money;
  /** What the customer is charged, tax included. */
  gross: Money;
}

/** A fee with the item that the mappings give for it. */
export interface MappedFee {
  line: ReturnLine;
  name: string;
  item: string;
}

/** Fees of a return with their items; one without a row parks, and nothing is posted (R168). */
export function mappedFees(
  event: ReturnEvent,
  mappings: Mappings | null,
): { fees: MappedFee[] } | { problem: Problem } {
  const fees: MappedFee[] = [];
  for (const line of event.lines.filter(({ kind }) => kind === 'fee')) {
    const name = line.sku ?? line.description ?? line.id;
    if (line.price?.minor === 0) continue;
    const item = mappings?.find('fee', { fee: name })?.item;
    if (item === undefined) {
      return { problem: feeProblem(line, name, 'a row in the table fee of the Return Mappings') };
    }
    fees.push({ line, name, item });
  }
  return { fees };
}

export interface FeeFacts {
  currency: string;
  /** Whether prices of the return order hold the tax. */
  taxIncluded: boolean;
  items: OrderItems;
  /** Rates in hundredths of a percent, by tax group in lower case. */
  rates: ReadonlyMap<string, number>;
}

/**
 * Fees lower the credit: credit = goods + tax − fee, to the penny (R170). The platform tells what the customer pays; where the
 * ERP adds tax to amounts, that of the fee is taken out at the rate of goods of its tax group. Only a service may be a fee:
 * anything else would move stock.
 */
export function planFees(
  fees: readonly MappedFee[],
  { currency, taxIncluded, items, rates }: FeeFacts,
): { fees: PlannedFee[] } | { problem: Problem } {
  const planned: PlannedFee[] = [];
  for (const { line, name, item: number } of fees) {
    const item = items.get(number.toLowerCase());
    if (!item)
      return {
        problem: feeProblem(line, `${name}: ${number} is not released`, 'a service of the ERP', number),
      };
    if (!item.isService) {
      return {
        problem: feeProblem(
          line,
          `${name}: ${number} is no service`,
          'a product of the type Service',
          number,
        ),
      };
    }
    if (item.state !== 'active') {
      const what = `${name}: ${number}, ${item.reason ?? item.state}`;
      return { problem: feeProblem(line, what, 'a service that can be sold', number) };
    }
    if (line.price === null) return { problem: feeProblem(line, `${name} has no amount`, 'an amount') };
    if (line.price.currency !== currency) {
      return {
        problem: feeProblem(line, `${name} is ${formatMoney(line.price)}`, `an amount in ${currency}`),
      };
    }
    const gross = Math.round(Math.abs(line.price.minor) * line.quantity.value);
    const rate = taxIncluded ? 0 : (rates.get(item.taxGroup.toLowerCase()) ?? 0);
    planned.push({
      line,
      external: line.id,
      item,
      amount: money(netOf(gross, rate), currency),
      gross: money(gross, currency),
    });
  }
  return { fees: planned };
}

/** What each fee of a document is, as `id×minor`, so that a later event can be compared with it. */
export function postedFees(fees: readonly PlannedFee[]): string {
  return fees.map(({ line, gross }) => `${line.id}×${gross.minor}`).join(' ');
}

/** What the fees of a return order come to, positive; null where it has none. */
export function feesOn({ references, amount }: PostedDocument): Money | null {
  const entries = (references['fees'] ?? '').split(' ').filter((entry) => entry !== '');
  if (entries.length === 0 || amount === null) return null;
  const minor = entries.reduce((sum, entry) => sum + Number(entry.slice(entry.lastIndexOf('×') + 1)), 0);
  return money(minor, amount.currency);
}

function feeProblem(
  line: ReturnLine,
  what: string,
  expected: string,
  received = line.sku ?? line.description,
): Problem {
  return {
    code: 'fee-unmapped',
    what,
    lines: [{ lineId: line.id, sku: line.sku, field: 'fee', expected, received }],
  };
}
