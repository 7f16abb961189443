import {
  exactDecimal,
  fractionOf,
  fractionOfNumber,
  fractionText,
  inverse,
  isWhole,
  times,
  type Fraction,
} from './exact-fraction';
import type { Mappings } from './mappings';
import { ANY, cleanCell } from './mapping-tables';
import { quantity, type Quantity } from './quantity';

export type Conversion =
  | { ok: true; quantity: Quantity; factor: string }
  | { ok: false; code: 'unit-unmapped' | 'uom-not-representable'; expected: string; received: string };

/**
 * Converts a quantity into the unit of the ERP, exactly or not at all (R45, R46): by the rows of the item, else by those
 * of all items, each in both directions.
 *
 * @param whole the ERP takes whole numbers of this unit only
 */
export function convertUnit(
  mappings: Mappings,
  item: string,
  from: Quantity,
  to: string,
  whole = false,
): Conversion {
  const received = `${from.value} ${from.unit}`;
  const factor = from.unit === to ? fractionOf('1') : factorOf(mappings, item, from.unit, to);
  if (!factor) {
    const expected = `a row in the table of units from ${from.unit} to ${to} for ${item}, or for all items`;
    return { ok: false, code: 'unit-unmapped', expected, received };
  }
  const exact = times(fractionOfNumber(Math.abs(from.value)), factor);
  const value = whole && !isWhole(exact) ? null : exactDecimal(exact);
  if (value === null) {
    const kind = whole ? 'a whole number' : 'a number with at most six decimals';
    return {
      ok: false,
      code: 'uom-not-representable',
      expected: `${kind} of ${to}`,
      received: `${received} = ${fractionText(exact)} ${to}`,
    };
  }
  return { ok: true, quantity: quantity(from.value < 0 ? -value : value, to), factor: fractionText(factor) };
}

function factorOf(mappings: Mappings, item: string, from: string, to: string): Fraction | null {
  for (const name of [item, ANY]) {
    const there = rowFor(mappings, name, from, to);
    if (there !== null) return fractionOf(there);
    const back = rowFor(mappings, name, to, from);
    if (back !== null) return inverse(fractionOf(back));
  }
  return null;
}

/** The factor of exactly that item, or of all items. */
function rowFor(mappings: Mappings, item: string, from: string, to: string): string | null {
  const row = mappings.find('unit', { item, from, to });
  return row?.item === cleanCell(item) ? row.factor : null;
}
