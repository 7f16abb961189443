import { currencyDecimals, formatDecimal, money } from '../returns/money';
import type { ExposureRow } from '../runtime/pair-watch';
import type { GateCounts } from '../store/gate-return';

const LONGEST = 32;
const SYMBOLS: Readonly<Record<string, string>> = { GBP: '£', USD: '$', EUR: '€' };

/** What waits and what is out, such as `3 held, 1 over limit · £240 out` (R97, R98). Shortened where it is too long. */
export function gateText(
  counts: Pick<GateCounts, 'held' | 'released' | 'overLimit'>,
  exposure: readonly ExposureRow[],
): string {
  const { held, released, overLimit } = counts;
  const out = outText(exposure);
  if (held + released === 0) return ['nothing waits', out].filter(Boolean).join(' · ');
  const waiting = held > 0 ? `${held} held` : `${released} released`;
  const late = overLimit > 0 ? `, ${overLimit} over limit` : '';
  const texts = [`${waiting}${late} · ${out}`, `${waiting}${late.replace(' limit', '')} · ${out}`];
  if (out === '') return `${waiting}${late}`;
  return texts.find((text) => text.length <= LONGEST) ?? `${waiting}${late}`;
}

/** Whole units are enough for a status. */
function outText(exposure: readonly ExposureRow[]): string {
  const sums = new Map<string, number>();
  for (const { currency, minor } of exposure) {
    if (currency !== '' && minor > 0) sums.set(currency, (sums.get(currency) ?? 0) + minor);
  }
  const [only, more] = [...sums];
  if (!only) return '';
  if (more) return `${sums.size} currencies out`;
  const [currency, minor] = only;
  const decimal = formatDecimal(money(minor, currency));
  const whole = currencyDecimals(currency) === 0 ? decimal : (decimal.split('.')[0] ?? decimal);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const symbol = SYMBOLS[currency];
  return symbol === undefined ? `${grouped} ${currency} out` : `${symbol}${grouped} out`;
}
