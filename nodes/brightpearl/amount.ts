import { LedgerError } from '../returns/failure';
import { FINE_PLACES } from '../returns/fine-amount';

export { roundFine, shareOfFine } from '../returns/fine-amount';

/** Amounts of order rows have four decimals in Brightpearl (order GET), those of a credit two (sales-credit POST). */
const PLACES = FINE_PLACES;

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
