import type { ReturnLine } from './event';
import { formatMoney, money } from './money';

/** What the original order says that the returned units of a line are worth, in the currency's smallest unit. */
export interface Worth {
  currency: string;
  /** With tax, where the ERP tells it. */
  totalMinor: number;
  /** Null where the ERP does not tell it: `totalMinor` then may be with tax or without. */
  taxMinor: number | null;
}

/**
 * Whether the platform's prices contain the tax (R59). `either` takes both, so that a price that is wrong by exactly the
 * tax passes; whoever knows it should say so.
 */
export const PRICE_MODES = ['either', 'with-tax', 'without-tax'] as const;
export type PriceMode = (typeof PRICE_MODES)[number];

/** Both figures in words, and whether a tolerance lets their difference pass. */
export interface ValueDifference {
  expected: string;
  received: string;
  within: boolean;
}

/**
 * Compares the platform's amount of a line with the order's (R113). Null where they agree, or where the platform tells
 * none.
 *
 * @param toleranceMinor by how much they may differ, in the smallest unit
 * @param prices whether the platform's price contains the tax
 */
export function compareValue(
  line: Pick<ReturnLine, 'price' | 'tax' | 'quantity'>,
  worth: Worth,
  toleranceMinor: number,
  prices: PriceMode = 'either',
): ValueDifference | null {
  const { price, tax } = line;
  if (price === null) return null;
  const goods = Math.round(price.minor * line.quantity.value);
  const taxMinor = tax === null || tax.currency !== price.currency ? null : tax.minor;
  // Like is held against like; the tax has a check of its own.
  const expected = worth.totalMinor - (prices === 'without-tax' ? (worth.taxMinor ?? 0) : 0);
  const told = readings(goods, taxMinor, worth.taxMinor !== null, prices);
  const away = (minor: number): number => Math.abs(minor - expected);
  const [nearest = goods] = told.sort((a, b) => away(a) - away(b));
  const sameCurrency = price.currency === worth.currency;
  if (sameCurrency && away(nearest) === 0) return null;
  return {
    expected: formatMoney(money(expected, worth.currency)),
    received: formatMoney(money(nearest, price.currency)),
    within: sameCurrency && away(nearest) <= toleranceMinor,
  };
}

/** What the platform may mean by its amount, as the order's amount would be told. */
function readings(goods: number, tax: number | null, erpTellsTax: boolean, prices: PriceMode): number[] {
  if (tax === null) return [goods];
  if (erpTellsTax) return prices === 'either' ? [goods, goods + tax] : [goods];
  // Whether the ERP's amount contains tax is not known, so it may be either of the two.
  switch (prices) {
    case 'either':
      return [goods, goods + tax, goods - tax];
    case 'with-tax':
      return [goods, goods - tax];
    case 'without-tax':
      return [goods, goods + tax];
  }
}

/**
 * Compares the platform's tax of a line with that of the original order (R56). Null where they agree, or where one of
 * the two does not tell it.
 */
export function compareTax(
  line: Pick<ReturnLine, 'tax'>,
  worth: Worth,
  toleranceMinor: number,
): ValueDifference | null {
  const { tax } = line;
  if (tax === null || worth.taxMinor === null) return null;
  const sameCurrency = tax.currency === worth.currency;
  const difference = Math.abs(tax.minor - worth.taxMinor);
  if (sameCurrency && difference === 0) return null;
  return {
    expected: formatMoney(money(worth.taxMinor, worth.currency)),
    received: formatMoney(tax),
    within: sameCurrency && difference <= toleranceMinor,
  };
}
