import { LedgerError } from '../returns/failure';
import { currencyDecimals, money, type Money } from '../returns/money';

/**
 * Amounts of order rows have four decimals in Brightpearl (order GET), those of a credit two (sales-credit POST).
 * Ten-thousandths are kept as integers, so that nothing drifts before it is shared out.
 */
const PLACES = 4;

/** Reads a decimal such as `"12.5000"` into ten-thousandths. Throws `brightpearl-amount` for anything else. */
export function readFine(value: unknown): number {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  const match = /^(-?)(\d{1,11})(?:\.(\d{1,12}))?$/.exec(text);
  const fraction = match?.[3] ?? '';
  if (!match || /[1-9]/.test(fraction.slice(PLACES))) {
    throw new LedgerError({
      code: 'brightpearl-amount',
      class: 'data-invalid',
      message: 'Brightpearl gave an amount or quantity that is not a decimal number of at most four places',
    });
  }
  const units = Number(`${match[2]}${fraction.slice(0, PLACES).padEnd(PLACES, '0')}`);
  return match[1] === '-' && units !== 0 ? -units : units;
}

/** Reads a quantity that must be whole; null where it is not. */
export function readWhole(value: unknown): number | null {
  const fine = readFine(value);
  return fine % 10_000 === 0 ? fine / 10_000 : null;
}

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
  const divisor = BigInt(of) * 10n ** BigInt(PLACES - currencyDecimals(currency));
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
