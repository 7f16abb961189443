import type { Replacement } from '../../returns/exchange-lines';
import { formatMoney, money, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { allUnits, grossOf, partOfDraft, taxOf, type DraftRow } from './draft-rows';

/** A replacement with what it costs, tax included; `tax` is the part of it at the rate of the goods. */
export interface PricedReplacement extends Replacement {
  gross: Money;
  tax: number;
}

/**
 * Prices the replacements: at what the platform says, or, for an even exchange, at what the goods that come back are credited
 * with (R125). Nothing is put on top to make two sides meet: the difference stays between order and credit (R129).
 *
 * @param rows plan of the draft credit memo
 */
export function priced(
  replacements: readonly Replacement[],
  rows: readonly DraftRow[],
  currency: string,
): { rows: PricedReplacement[]; value: Money } | { problem: Problem } {
  const used = new Map<string, number>();
  const result: PricedReplacement[] = [];
  let value = 0;
  for (const one of replacements) {
    const { line, returned, units } = one;
    const own = line.kind === 'exchange' ? line.price : null;
    if (own !== null && own.currency !== currency) {
      return { problem: priceMissing(one, `${formatMoney(own)}, and the order is in ${currency}`) };
    }
    const goods = returned === null ? null : goodsOf(returned.id, units, rows, used, currency);
    if (goods) value += grossOf(goods, currency).minor;
    if (own === null && goods === null) {
      return { problem: priceMissing(one, 'no price, and no goods that it is for') };
    }
    const credited = goods ? grossOf(goods, currency) : null;
    const gross =
      own === null ? (credited ?? money(0, currency)) : money(Math.round(own.minor * units), currency);
    // The rate of the goods, for the price without tax.
    const basis = goods ?? rows.filter(({ fee }) => !fee);
    const [all, tax] = [grossOf(basis, currency).minor, taxOf(basis, currency).minor];
    result.push({ ...one, gross, tax: all === 0 ? 0 : Math.round((gross.minor * tax) / all) });
  }
  return { rows: result, value: money(value, currency) };
}

/** The next units of a line, as the draft credits them; null where it does not hold so many. */
function goodsOf(
  line: string,
  units: number,
  rows: readonly DraftRow[],
  used: Map<string, number>,
  currency: string,
): DraftRow[] | null {
  const before = used.get(line) ?? 0;
  if (before + units > (allUnits(rows).get(line) ?? 0)) return null;
  used.set(line, before + units);
  const of = rows.filter((row) => row.line === line && !row.fee);
  return partOfDraft(of, new Map([[line, before]]), new Map([[line, before + units]]), currency);
}

function priceMissing({ line, sku, units }: Replacement, why: string): Problem {
  return {
    code: 'exchange-price-missing',
    what: `${units} × ${sku}: ${why}`,
    lines: [{ lineId: line.id, sku, field: 'price', expected: 'a price in the currency of the order' }],
  };
}
