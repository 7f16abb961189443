import { LedgerError } from './failure';

/** A number above or equal to 0 without any rounding. */
export interface Fraction {
  readonly above: bigint;
  readonly below: bigint;
}

const MILLION = 1_000_000n;

/** Reads `12`, `0.5` or `1/12`. Throws `fraction-invalid` (data-invalid) for what is none of these. */
export function fractionOf(text: string): Fraction {
  const [, whole, decimals = '', below = '1'] =
    /^(\d{1,15})(?:\.(\d{1,6}))?$|^(\d{1,15})\/([1-9]\d{0,14})$/.test(text)
      ? (/^(\d+)(?:\.(\d+))?(?:\/(\d+))?$/.exec(text) ?? [])
      : [];
  if (whole === undefined) {
    throw new LedgerError({
      code: 'fraction-invalid',
      class: 'data-invalid',
      message: 'Enter a number or a fraction, such as 12, 0.5 or 1/12',
    });
  }
  return lowest(BigInt(whole + decimals), BigInt(below) * 10n ** BigInt(decimals.length));
}

/** The fraction of a number with at most six decimals. */
export function fractionOfNumber(value: number): Fraction {
  return lowest(BigInt(Math.round(value * 1_000_000)), MILLION);
}

export function times(a: Fraction, b: Fraction): Fraction {
  return lowest(a.above * b.above, a.below * b.below);
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return lowest(a.above * b.below + b.above * a.below, a.below * b.below);
}

/** Of a fraction that is not 0. */
export function inverse({ above, below }: Fraction): Fraction {
  return { above: below, below: above };
}

export function isOne({ above, below }: Fraction): boolean {
  return above === below;
}

export function isWhole({ below }: Fraction): boolean {
  return below === 1n;
}

/** As a number, where at most six decimals hold it exactly; null where they do not. */
export function exactDecimal({ above, below }: Fraction): number | null {
  const millionths = above * MILLION;
  if (millionths % below !== 0n) return null;
  const value = Number(millionths / below) / 1_000_000;
  return value <= 1e9 ? value : null;
}

/** For people: `1/12`, or `3` where it is whole. */
export function fractionText({ above, below }: Fraction): string {
  return below === 1n ? String(above) : `${above}/${below}`;
}

/** A part of an amount in minor units, rounded half up. */
export function partOf(minor: bigint, { above, below }: Fraction): bigint {
  return (2n * minor * above + below) / (2n * below);
}

function lowest(above: bigint, below: bigint): Fraction {
  let [a, b] = [above, below];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? { above: 0n, below: 1n } : { above: above / a, below: below / a };
}
