import { currencyDecimals } from '../../returns/money';
import { numberOf, type D365Row } from './rows';

/** An amount of a row in minor units of its currency; what D365 keeps beyond them, as it does of taxes, is rounded off. */
export function amountIn(row: D365Row, field: string, currency: string): number {
  const scaled = Math.abs(numberOf(row, field)) * 10 ** currencyDecimals(currency);
  // A hair more, for 1.005 × 100 is 100.49999… in a computer's numbers.
  const minor = Math.round(scaled + 1e-7);
  return numberOf(row, field) < 0 && minor !== 0 ? -minor : minor;
}
