import type { ExceptionLine } from '../../returns/exception';
import type { ReturnEvent } from '../../returns/event';
import { addMoney, formatMoney, money, negateMoney, sumMoney, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import type { Meant } from './credit-plan';
import type { CreditNote, CreditNoteLine, Lot } from './read-credit';

/** A credit note that was read back, beside what was meant. */
export interface Comparison {
  /** Differences that the tolerance lets pass, in words for finance; empty where there are none. */
  notice: string;
  problem: Problem | null;
  /** Whether the tax could be compared. */
  taxCompared: boolean;
  goods: Money;
}

interface Facts {
  credit: CreditNote;
  lines: readonly CreditNoteLine[];
  meant: readonly (Meant & { lot: Lot })[];
  /** What the platform keeps back of this credit: positive. Null where it tells none, or no amount. */
  fee: Money | null;
  toleranceMinor: number;
  /** The day that was asked for; null where nobody asked for one. */
  day: string | null;
}

/**
 * Compares a credit note with what the sale comes to: goods, tax, total and its lines (R57, R58). Tax is D365's; ours is
 * only held against it. What D365 adds as a charge is held against the platform's fee: refund = goods + tax − fee (R170).
 */
export function compareCredit({ credit, lines, meant, fee, toleranceMinor, day }: Facts): Comparison {
  const { currency } = credit.total;
  const sum = (amounts: readonly Money[]): Money => sumMoney(amounts, currency);
  const [back, fees] = [lines.filter(isGoods), lines.filter((line) => !isGoods(line))];
  const goods = sum(back.map(({ amount }) => amount));
  // The tax of a fee is D365's own: the platform tells a fee with its tax.
  const tax = addMoney(credit.tax, negateMoney(sum(fees.map((line) => line.tax))));
  const meantGoods = sum(meant.map(({ amount }) => amount));
  const taxes = meant.map(({ tax }) => tax);
  const meantTax = taxes.every((tax) => tax !== null) ? sum(taxes) : null;
  // Where prices hold the tax already, the total is the goods alone.
  const net = addMoney(goods, sum(fees.map(({ amount }) => amount)));
  const included =
    Math.abs(credit.total.minor - net.minor) < Math.abs(credit.total.minor - net.minor - credit.tax.minor);
  const lowered = fee ?? money(0, currency);
  const withTax = included ? meantGoods : addMoney(meantGoods, meantTax ?? tax);
  const found = new Differences(toleranceMinor);
  found.compare('goods', meantGoods, goods);
  if (meantTax !== null) found.compare('tax', meantTax, tax);
  found.compare('total', addMoney(withTax, lowered), credit.total);
  for (const line of unlike(back, meant, toleranceMinor)) found.add(line);
  if (day !== null && day !== credit.day) {
    found.add({ field: 'date', expected: day, received: credit.day });
  }
  return {
    notice: found.notices.join(', '),
    problem: found.problem(`credit note ${credit.number}`),
    taxCompared: meantTax !== null,
    goods,
  };
}

/** Goods that came back; a fee is a line of a service that counts the other way (C2). */
export function isGoods({ pieces }: CreditNoteLine): boolean {
  return pieces > 0;
}

/** What the platform keeps back: what the customer pays, for fee lines with an amount. */
export function feeOf(event: ReturnEvent, currency: string): Money | null {
  const fees = event.lines.filter(({ kind }) => kind === 'fee');
  if (fees.length === 0) return null;
  const amounts = fees.map(({ price, quantity }) =>
    price === null || price.currency !== currency
      ? null
      : money(Math.round(Math.abs(price.minor) * quantity.value), currency),
  );
  return amounts.every((amount) => amount !== null) ? sumMoney(amounts, currency) : null;
}

class Differences {
  readonly notices: string[] = [];
  private readonly lines: Partial<ExceptionLine>[] = [];

  constructor(private readonly toleranceMinor: number) {}

  compare(field: string, expected: Money, received: Money): void {
    const away = Math.abs(expected.minor - received.minor);
    if (away === 0 && expected.currency === received.currency) return;
    const words = { field, expected: formatMoney(expected), received: formatMoney(received) };
    if (away <= this.toleranceMinor && expected.currency === received.currency) {
      this.notices.push(`${field} ${words.expected} meant, ${words.received} posted`);
    } else this.lines.push(words);
  }

  add(line: Partial<ExceptionLine>): void {
    this.lines.push(line);
  }

  problem(document: string): Problem | null {
    if (this.lines.length === 0) return null;
    const what = this.lines
      .map(({ field, expected, received }) => `${field}: ${expected} meant, ${received} posted`)
      .join(', ');
    return { code: 'amount-mismatch', what: `${document}, ${what}`, lines: this.lines };
  }
}

/** Lots without a line of the credit note, and lines without a lot. */
function unlike(
  lines: readonly CreditNoteLine[],
  meant: readonly (Meant & { lot: Lot })[],
  toleranceMinor: number,
): Partial<ExceptionLine>[] {
  const left = [...lines];
  const missing = meant.filter(({ lot, amount }) => {
    const fits = (line: CreditNoteLine): boolean =>
      line.item.toLowerCase() === lot.item.toLowerCase() && line.pieces === lot.pieces;
    const away = (line: CreditNoteLine): number => Math.abs(line.amount.minor - amount.minor);
    const nearest = left.filter(fits).sort((a, b) => away(a) - away(b))[0];
    if (!nearest || away(nearest) > toleranceMinor) return true;
    left.splice(left.indexOf(nearest), 1);
    return false;
  });
  const words = (pieces: number, item: string, amount: Money): string =>
    `${pieces} × ${item} for ${formatMoney(amount)}`;
  const count = Math.max(missing.length, left.length);
  return Array.from({ length: count }, (_, at) => {
    const [lack, more] = [missing[at], left[at]];
    return {
      field: 'line',
      expected: lack ? words(lack.lot.pieces, lack.lot.item, lack.amount) : 'nothing',
      received: more ? words(more.pieces, more.item, more.amount) : 'nothing',
    };
  });
}
