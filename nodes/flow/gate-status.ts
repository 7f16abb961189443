import { currencyDecimals, formatDecimal, money } from '../returns/money';
import type { ExposureRow } from '../runtime/pair-watch';
import type { GateCounts } from '../store/gate-return';

const LONGEST = 32;
const SYMBOLS: Readonly<Record<string, string>> = { GBP: '£', USD: '$', EUR: '€' };

/**
 * What waits and what is out, such as `3 held, 1 over limit · £240 out`, and what was rejected after its credit (R94,
 * R97, R98). Shortened where it is too long.
 */
export function gateText(
  counts: Pick<GateCounts, 'held' | 'released' | 'overLimit'>,
  exposure: readonly ExposureRow[],
): string {
  const { held, released, overLimit } = counts;
  const out = sumText(exposure, ({ minor }) => minor, 'out');
  const rejected = sumText(exposure, (row) => row.rejected.minor, 'rejected');
  const money = [out, rejected].filter(Boolean).join(', ');
  const waits = held > 0 ? `${held} held` : released > 0 ? `${released} released` : 'nothing waits';
  const late = overLimit > 0 ? `, ${overLimit} over limit` : '';
  if (money === '') return `${waits}${late}`;
  const shorter = late.replace(' limit', '');
  const texts = [
    `${waits}${late} · ${money}`,
    `${waits}${shorter} · ${money}`,
    `${waits}${shorter} · ${out}`,
  ];
  return texts.find((text) => text.length <= LONGEST && !text.endsWith(' · ')) ?? `${waits}${late}`;
}

/** Whole units are enough for a status. */
function sumText(
  exposure: readonly ExposureRow[],
  minorOf: (row: ExposureRow) => number,
  what: string,
): string {
  const sums = new Map<string, number>();
  for (const row of exposure) {
    const minor = minorOf(row);
    if (row.currency !== '' && minor > 0) sums.set(row.currency, (sums.get(row.currency) ?? 0) + minor);
  }
  const [only, more] = [...sums];
  if (!only) return '';
  if (more) return `${sums.size} currencies ${what}`;
  const [currency, minor] = only;
  const decimal = formatDecimal(money(minor, currency));
  const whole = currencyDecimals(currency) === 0 ? decimal : (decimal.split('.')[0] ?? decimal);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const symbol = SYMBOLS[currency];
  return symbol === undefined ? `${grouped} ${currency} ${what}` : `${symbol}${grouped} ${what}`;
}
