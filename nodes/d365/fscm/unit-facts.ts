import { isWhole, type Fraction } from '../../returns/exact-fraction';
import type { ReturnEvent } from '../../returns/event';
import { itemLines } from '../../returns/posting-checks';
import { EACH } from '../../returns/quantity';
import type { D365Settings } from '../settings';
import type { OrderItems } from './order-items';
import type { OrderDetails } from './orders';
import type { D365Units, KnownUnits } from './units';

/** What is known of units, by the items that they are for. */
export interface UnitFacts {
  /** Single pieces in one of a unit of an item; null where nobody tells. */
  piecesIn(item: string, unit: string): Fraction | null;
  /** How many decimals a quantity in a unit may have. */
  decimalsOf(unit: string): number;
}

/** Whole single pieces in one of a unit, as checks of a sale count; null where nobody tells, or they are no whole ones. */
export function wholePiecesIn(units: UnitFacts, item: string, unit: string): number | null {
  const each = units.piecesIn(item, unit);
  return each && isWhole(each) ? Number(each.above) : null;
}

/** Conversions go by product numbers, and orders by item numbers. */
export function unitFacts(known: KnownUnits, items: OrderItems): UnitFacts {
  return {
    piecesIn: (item, unit) => known.piecesIn(items.get(item.toLowerCase())?.productNumber ?? item, unit),
    decimalsOf: (unit) => known.decimalsOf(unit),
  };
}

/**
 * The units that a return of an order needs; null where everything is counted in single pieces, so that nothing is read.
 *
 * @param mapped the event in the ERP's names and pieces
 */
export async function unitsOfOrder(
  { lines, items }: Pick<OrderDetails, 'lines' | 'items'>,
  mapped: ReturnEvent,
  { settings, units }: { settings: Pick<D365Settings, 'eachUnit'>; units: D365Units },
  signal?: AbortSignal,
): Promise<UnitFacts | null> {
  const each = settings.eachUnit.toLowerCase();
  const counted = itemLines(mapped).some(({ quantity }) => quantity.unit !== EACH);
  if (!counted && lines.every(({ unit }) => unit.toLowerCase() === each)) return null;
  const products = [...items.values()].map(({ productNumber }) => productNumber);
  return unitFacts(await units.of(products, signal), items);
}
