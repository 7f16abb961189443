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

/** Both figures in words, and whether a tolerance lets their difference pass. */
export interface ValueDifference {
  expected: string;
  received: string;
  within: boolean;
}

/**
 * Compares the platform's amount of a line with the order's (R113). Null where they agree, or where the platform tells
 * none. Platforms tell prices with or without tax, so both are taken.
 *
 * @param toleranceMinor by how much they may differ, in the smallest unit
 */
export function compareValue(
  line: Pick<ReturnLine, 'price' | 'tax' | 'quantity'>,
  worth: Worth,
  toleranceMinor: number,
): ValueDifference | null {
  const { price, tax } = line;
  if (price === null) return null;
  const goods = Math.round(price.minor * line.quantity.value);
  const taxMinor = tax === null || tax.currency !== price.currency ? null : tax.minor;
  const told = [goods];
  if (taxMinor !== null) told.push(goods + taxMinor);
  if (taxMinor !== null && worth.taxMinor === null) told.push(goods - taxMinor);
  const away = (minor: number): number => Math.abs(minor - worth.totalMinor);
  const [nearest = goods] = told.sort((a, b) => away(a) - away(b));
  const sameCurrency = price.currency === worth.currency;
  if (sameCurrency && away(nearest) === 0) return null;
  return {
    expected: formatMoney(money(worth.totalMinor, worth.currency)),
    received: formatMoney(money(nearest, price.currency)),
    within: sameCurrency && away(nearest) <= toleranceMinor,
  };
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
