import { z } from 'zod';
import { LedgerError } from './failure';

/** Six decimal places are kept, as integers of a millionth, so that units never drift. */
const SCALE = 1_000_000;

/** The unit that returns platforms count in: one sellable piece. ERPs map their own symbol to it. */
export const EACH = 'each';

/** How much of something, and of what: a number with at most six decimals, and a unit. */
export const quantitySchema = z.object({
  value: z
    .number()
    .refine((value) => isMillionths(value), 'must be a number with at most six decimal places'),
  unit: z.string().min(1).max(32),
});

export type Quantity = z.infer<typeof quantitySchema>;

/** Makes a quantity; throws `quantity-invalid` for a value that is not finite or has over six decimals. */
export function quantity(value: number, unit: string = EACH): Quantity {
  if (!isMillionths(value)) {
    throw new LedgerError({
      code: 'quantity-invalid',
      class: 'data-invalid',
      message: 'A quantity must be a number with at most six decimal places',
    });
  }
  return { value: value === 0 ? 0 : value, unit };
}

/** Sum of two quantities of one unit, exact to the millionth. Throws `quantity-unit-mixed` for two units. */
export function addQuantity(a: Quantity, b: Quantity): Quantity {
  if (a.unit !== b.unit) {
    throw new LedgerError({
      code: 'quantity-unit-mixed',
      class: 'data-invalid',
      message: `${a.unit} and ${b.unit} cannot be added without a conversion`,
    });
  }
  return quantity((millionths(a.value) + millionths(b.value)) / SCALE, a.unit);
}

function millionths(value: number): number {
  return Math.round(value * SCALE);
}

function isMillionths(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > 1e9) return false;
  return millionths(value) / SCALE === value;
}
