import type { ReturnEvent, ReturnLine } from '../returns/event';
import { formatMoney, money, type Money } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import type { TaxCode } from './directory';
import type { PlannedRow } from './plan-credit';

/** How a fee of the platform stands on the credit: a line of free text that moves no stock (R167). */
export interface FeeRow {
  name: string;
  nominalCode: string;
  taxCode: string;
}

/**
 * Fees lower the credit: refund = goods + tax − fee, to the penny (R170). The platform tells the amount that the
 * customer pays; its tax is taken out of it at the rate of the fee's tax code. A fee without a row parks (R168).
 */
export function planFees(
  event: ReturnEvent,
  currency: string,
  fees: ReadonlyMap<string, FeeRow>,
  taxCodes: ReadonlyMap<string, TaxCode>,
): { rows: PlannedRow[] } | { problem: Problem } {
  const rows: PlannedRow[] = [];
  for (const line of event.lines.filter(({ kind }) => kind === 'fee')) {
    const name = line.sku ?? line.description ?? line.id;
    const fee = fees.get(name.toLowerCase());
    if (!fee) return { problem: feeProblem(line, name, 'a row in the fee table') };
    if (line.price === null) return { problem: feeProblem(line, `${name} has no amount`, 'an amount') };
    if (line.price.currency !== currency) {
      return {
        problem: feeProblem(line, `${name} is ${formatMoney(line.price)}`, `an amount in ${currency}`),
      };
    }
    const gross = Math.round(line.price.minor * line.quantity.value);
    const tax = taxWithin(gross, taxCodes.get(fee.taxCode)?.rate ?? 0);
    const negative = (minor: number): Money => money(-minor, currency);
    rows.push({
      line,
      rowId: null,
      productId: null,
      name: fee.name,
      quantity: 1,
      net: negative(gross - tax),
      tax: negative(tax),
      taxCode: fee.taxCode,
      nominalCode: fee.nominalCode,
    });
  }
  return { rows };
}

/** The tax that an amount holds at a rate in hundredths of a percent, rounded half up. */
export function taxWithin(gross: number, rate: number): number {
  const whole = 10_000n + BigInt(rate);
  const product = BigInt(gross) * BigInt(rate);
  return Number((2n * product + whole) / (2n * whole));
}

function feeProblem(line: ReturnLine, what: string, expected: string): Problem {
  return {
    code: 'fee-unmapped',
    what,
    lines: [
      { lineId: line.id, sku: line.sku, field: 'fee', expected, received: line.sku ?? line.description },
    ],
  };
}
