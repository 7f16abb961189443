import { LedgerError } from './failure';

const SCALE = 1_000_000;

/** A quantity as a whole number of millionths. */
export function millionths(quantity: number): number {
  return Math.round(quantity * SCALE);
}

/** A quantity from millionths. */
export function fromMillionths(count: number | bigint): number {
  return Number(count) / SCALE;
}

/** A unit price times a quantity in minor units, rounded half away from zero. */
export function priceOf(minor: number, quantity: number): number {
  return rounded(BigInt(minor) * BigInt(millionths(quantity)), BigInt(SCALE));
}

/**
 * The share of an amount that falls to the part of a quantity from `from` (exclusive) to `to` (inclusive) of `of`. Shares
 * of adjoining parts add up to the whole, whatever the split. Quantities with at most six decimals, `of` above 0.
 */
export function amountShare(minor: number, from: number, to: number, of: number): number {
  const upTo = (part: number): number =>
    rounded(BigInt(minor) * BigInt(millionths(part)), BigInt(millionths(of)));
  return exactNumber(BigInt(upTo(to)) - BigInt(upTo(from)));
}

/** A sum as a number. Throws `sum-too-large` (data-invalid) where a number does not hold it exactly. */
export function exactNumber(sum: bigint): number {
  const number = Number(sum);
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  throw new LedgerError({
    code: 'sum-too-large',
    class: 'data-invalid',
    message: 'An amount is larger than can be held exactly',
  });
}

function rounded(dividend: bigint, divisor: bigint): number {
  const half = dividend >= 0n ? divisor / 2n : -(divisor / 2n);
  return exactNumber((dividend + half) / divisor);
}
