import type { Replacement } from './exchange-lines';
import { formatMoney, money, type Money } from './money';
import type { Problem } from './posting-checks';

/** What a replacement costs where the platform tells no price: as much as the goods that come back, or a person decides. */
export const PRICE_SOURCES = ['even', 'park'] as const;
export type PriceSource = (typeof PRICE_SOURCES)[number];

export interface PriceFacts {
  currency: string;
  /** What each exchanged line of goods is credited with, by its id. */
  values: ReadonlyMap<string, Money>;
  priceFrom: PriceSource;
}

/**
 * The whole price of a replacement: what the platform says, or, for an even exchange, its share of what the goods are
 * credited with (R125). Several replacements of one line come to its value together, to the penny.
 *
 * @param used how many units of each line of goods earlier replacements stand for; goes on counting
 */
export function priceOfReplacement(
  replacement: Replacement,
  { currency, values, priceFrom }: PriceFacts,
  used: Map<string, number>,
): { price: Money; from: 'platform' | 'goods' } | { problem: Problem } {
  const { price, units, counted, returned } = replacement;
  if (price !== null) {
    if (price.currency !== currency) {
      return { problem: priceMissing(replacement, `${formatMoney(price)}, and the order is in ${currency}`) };
    }
    return { price: money(Math.round(price.minor * counted), currency), from: 'platform' };
  }
  if (priceFrom === 'park') return { problem: priceMissing(replacement, 'no price') };
  const value = returned === null ? undefined : values.get(returned.id);
  if (!returned || !value)
    return { problem: priceMissing(replacement, 'no price, and no goods that it is for') };
  const before = used.get(returned.id) ?? 0;
  const all = returned.quantity.value;
  if (before + units > all) {
    return { problem: priceMissing(replacement, `no price for more than the ${all} that come back`) };
  }
  used.set(returned.id, before + units);
  const share = shareUpTo(value.minor, before + units, all) - shareUpTo(value.minor, before, all);
  return { price: money(share, currency), from: 'goods' };
}

/** What falls to the first so many units of a line, rounded half up. */
function shareUpTo(minor: number, units: number, of: number): number {
  return Number((2n * BigInt(minor) * BigInt(units) + BigInt(of)) / (2n * BigInt(of)));
}

export function priceMissing({ line, sku, units }: Replacement, why: string): Problem {
  return {
    code: 'exchange-price-missing',
    what: `${units} × ${sku}: ${why}`,
    lines: [{ lineId: line.id, sku, field: 'price', expected: 'a price in the currency of the order' }],
  };
}
