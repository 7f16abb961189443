import type { Draw } from './draw';
import { exact, type Exact } from './exact';

/** Decimal places of the currencies that are drawn, written down once more for the oracle (ISO 4217). */
const PLACES: Readonly<Record<string, number>> = { JPY: 0, KRW: 0, GBP: 2, EUR: 2, USD: 2, KWD: 3, BHD: 3 };

/** Orders of the ERP have four. */
const FINE = 4;

export interface Tax {
  code: string;
  /** Percent in hundredths. */
  rate: number;
}

export const TAXES: readonly Tax[] = [
  { code: 'T20', rate: 2000 },
  { code: 'T5', rate: 500 },
  { code: 'T0', rate: 0 },
  { code: 'T175', rate: 1750 },
  { code: 'T81', rate: 810 },
];

export function drawCurrency(draw: Draw): string {
  return draw.pick(draw.chance(0.6) ? ['GBP', 'EUR', 'USD'] : Object.keys(PLACES));
}

export function placesOf(currency: string): number {
  return PLACES[currency] ?? 2;
}

/** Ten-thousandths in one smallest unit. */
export function fineInMinor(currency: string): number {
  return 10 ** (FINE - placesOf(currency));
}

/** Ten-thousandths as smallest units, without rounding. */
export function minorOf(fine: number, currency: string): Exact {
  return exact(fine, fineInMinor(currency));
}

/** Ten-thousandths as the ERP writes them. */
export function fineText(fine: number): string {
  const digits = String(Math.abs(fine)).padStart(FINE + 1, '0');
  return `${fine < 0 ? '-' : ''}${digits.slice(0, -FINE)}.${digits.slice(-FINE)}`;
}

/** An amount in smallest units for people. */
export function shown(minor: number | bigint, currency: string): string {
  const places = placesOf(currency);
  const size = String(minor)
    .replace('-', '')
    .padStart(places + 1, '0');
  const text = places === 0 ? size : `${size.slice(0, -places)}.${size.slice(-places)}`;
  return `${minor < 0 ? '-' : ''}${text} ${currency}`;
}
