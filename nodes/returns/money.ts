import { z } from 'zod';
import { LedgerError } from './failure';

/**
 * Decimal places of the ISO 4217 currencies that differ from two. Everything else has two.
 * Source: ISO 4217 list one.
 */
const DECIMALS: Readonly<Record<string, number>> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0,
  XAF: 0, XOF: 0, XPF: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3,
  CLF: 4, UYW: 4,
}; // prettier-ignore

export const currencySchema = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 currency code of three capital letters, such as GBP');

/** An amount of money: `minor` is an integer count of the currency's smallest unit (pence, cents). */
export const moneySchema = z.object({
  minor: z.number().int(),
  currency: currencySchema,
});

export type Money = z.infer<typeof moneySchema>;

/** Number of decimal places of a currency, for example 2 for GBP and 0 for JPY. */
export function currencyDecimals(currency: string): number {
  return DECIMALS[currency] ?? 2;
}

/** Makes an amount from minor units (an integer). Throws `money-not-integer` for anything else. */
export function money(minor: number, currency: string): Money {
  if (!Number.isSafeInteger(minor)) {
    throw moneyError(
      'money-not-integer',
      `An amount must be a whole number of minor units, but got ${minor}`,
    );
  }
  if (!/^[A-Z]{3}$/.test(currency)) {
    throw moneyError('money-currency', 'A currency must be an ISO 4217 code of three capital letters');
  }
  // -0 would survive as a different value in JSON comparisons.
  return { minor: minor === 0 ? 0 : minor, currency };
}

/**
 * Reads a decimal amount such as `"25.00"` or `-3.5` into minor units, with no floating-point arithmetic.
 * Throws `money-not-decimal` for other text and `money-too-precise` where digits would be lost.
 */
export function parseMoney(decimal: string | number, currency: string): Money {
  const text = (typeof decimal === 'number' ? numberText(decimal) : decimal).trim();
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw moneyError('money-not-decimal', 'An amount must be a plain decimal number such as 25.00');
  const [, sign = '', whole = '0', fraction = ''] = match;
  const places = currencyDecimals(currency);
  const kept = fraction.slice(0, places).padEnd(places, '0');
  if (/[1-9]/.test(fraction.slice(places))) {
    throw moneyError(
      'money-too-precise',
      `${currency} has ${places} decimal places, but the amount has more`,
    );
  }
  return money(Number(`${sign}${whole}${kept}`), currency);
}

/** Writes an amount as a decimal text with the currency's places, for example `-25.00`. */
export function formatDecimal(amount: Money): string {
  const places = currencyDecimals(amount.currency);
  const digits = String(Math.abs(amount.minor)).padStart(places + 1, '0');
  const sign = amount.minor < 0 ? '-' : '';
  if (places === 0) return sign + digits;
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Writes an amount for people, for example `25.00 GBP`. */
export function formatMoney(amount: Money): string {
  return `${formatDecimal(amount)} ${amount.currency}`;
}

/** Sum of two amounts of one currency. Throws `money-currency-mixed` for two currencies. */
export function addMoney(a: Money, b: Money): Money {
  assertSameCurrency(a, b);
  return money(a.minor + b.minor, a.currency);
}

/** `a - b` of one currency. Throws `money-currency-mixed` for two currencies. */
export function subtractMoney(a: Money, b: Money): Money {
  assertSameCurrency(a, b);
  return money(a.minor - b.minor, a.currency);
}

/** The same amount with the opposite sign. */
export function negateMoney(a: Money): Money {
  return money(-a.minor, a.currency);
}

/** Sum of a list in the given currency; an empty list is zero. */
export function sumMoney(amounts: readonly Money[], currency: string): Money {
  return amounts.reduce(addMoney, money(0, currency));
}

/**
 * The share of `total` that falls to units `from` (exclusive) to `to` (inclusive) of `of` equal units.
 * Shares of adjoining ranges add up to the total exactly, whatever the split, so that a line which comes back in
 * parts is credited to the penny (R52). Rounds half away from zero on the running total.
 *
 * @param total amount of the whole, in minor units
 * @param from  units already taken, 0 ≤ from ≤ to
 * @param to    units taken after this share, to ≤ of
 * @param of    number of units in the whole, greater than 0; whole numbers
 */
export function shareOf(total: Money, from: number, to: number, of: number): Money {
  if (![from, to, of].every(Number.isSafeInteger) || of <= 0 || from < 0 || to < from || to > of) {
    throw moneyError('money-share', `Units ${from} to ${to} of ${of} are not a valid share`);
  }
  const upTo = (units: number): bigint => {
    const product = BigInt(total.minor) * BigInt(units);
    const divisor = BigInt(of);
    const half = product >= 0n ? divisor / 2n : -(divisor / 2n);
    return (product + half) / divisor;
  };
  return money(Number(upTo(to) - upTo(from)), total.currency);
}

function assertSameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) {
    throw moneyError(
      'money-currency-mixed',
      `${a.currency} and ${b.currency} cannot be added without an exchange rate`,
    );
  }
}

/** Text of a number without exponent, as long as it has one (1e21 and above have none: refused by the caller). */
function numberText(value: number): string {
  return Number.isFinite(value) && Math.abs(value) < 1e15 && !/e/i.test(String(value))
    ? String(value)
    : 'NaN';
}

function moneyError(code: string, message: string): LedgerError {
  return new LedgerError({ code, class: 'data-invalid', message });
}
