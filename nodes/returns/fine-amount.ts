import { LedgerError } from './failure';
import { currencyDecimals, money, type Money } from './money';

/**
 * Some ERPs keep the amounts of order lines finer than the currency's smallest unit. Ten-thousandths of the currency are
 * kept as integers, so that nothing drifts before it is shared out.
 */
export const FINE_PLACES = 4;

/**
 * The share of a fine amount that falls to units `from` (exclusive) to `to` (inclusive) of `of` equal units, in the
 * currency's smallest unit. Shares of adjoining ranges add up to the rounded whole, whatever the split (R52).
 */
export function shareOfFine(fine: number, from: number, to: number, of: number, currency: string): Money {
  if (![fine, from, to, of].every(Number.isSafeInteger) || of <= 0 || from < 0 || to < from || to > of) {
    throw new LedgerError({
      code: 'money-share',
      class: 'data-invalid',
      message: `Units ${from} to ${to} of ${of} are not a valid share`,
    });
  }
  const divisor = BigInt(of) * 10n ** BigInt(FINE_PLACES - currencyDecimals(currency));
  const upTo = (units: number): bigint => {
    const product = BigInt(fine) * BigInt(units);
    const half = product >= 0n ? divisor / 2n : -(divisor / 2n);
    return (product + half) / divisor;
  };
  return money(Number(upTo(to) - upTo(from)), currency);
}

/** A fine amount in the currency's smallest unit, rounded half away from zero. */
export function roundFine(fine: number, currency: string): Money {
  return shareOfFine(fine, 0, 1, 1, currency);
}

/** An amount in ten-thousandths of its currency. */
export function fineOf({ minor, currency }: Money): number {
  return minor * 10 ** (FINE_PLACES - currencyDecimals(currency));
}
