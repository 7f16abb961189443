import { isInspected } from '../returns/arrived-goods';
import type { ReturnEvent, ReturnLine } from '../returns/event';
import { unmappedLine } from '../returns/mapping-finding';
import type { RowOf } from '../returns/mapping-tables';
import type { Mappings } from '../returns/mappings';
import type { Problem } from '../returns/posting-checks';
import { NO_DISPOSITION, toldDisposition } from '../returns/told-disposition';
import { placeInMappings } from './mapped-place';

export { arrivedLines, isInspected } from '../returns/arrived-goods';

/** Where goods are put: apart from what is sold, or with it. */
export type Place = 'quarantine' | 'sellable';

/** Where goods of a line go, and the row of the Return Mappings that says so; null where something else does. */
export interface PutAway {
  place: Place;
  row: RowOf<'disposition'> | null;
}

/** How goods are booked in: what the dialog of the node sets. */
export interface GoodsInPolicy {
  /** From which stage on goods count as arrived. */
  when: 'return.received' | 'return.accepted';
  /** Whether goods that the inspection rejected are booked into quarantine, or not at all. */
  rejectedGoods: 'quarantine' | 'ignore';
  putAway: 'quarantine' | 'disposition';
  /** What the platform's codes are in Brightpearl; null where its SKUs and units are taken as they come. */
  mappings: Mappings | null;
  /**
   * Disposition in lower case → place; {@link NO_DISPOSITION} stands for a line that has none. Where it is empty, the
   * mappings decide.
   */
  dispositions: ReadonlyMap<string, Place>;
  /** Whether inspected goods are moved from quarantine to where they are sold. */
  release: boolean;
  /** Null for the warehouse of the credit. */
  warehouseId: number | null;
  /** Field of a goods-in note that names the row of the credit. */
  rowField: string;
  /** What `itemCost` of an order row is the cost of; `none`: goods come in with the value 0. */
  unitCost: 'unit' | 'row' | 'none';
}

/** What a table of places is: the node's own, or the mappings' where that has no row. */
export type PlaceTable = Pick<GoodsInPolicy, 'dispositions' | 'mappings'>;

/**
 * Where the table puts the goods of a line; null where it has no row for them. What the warehouse decided wins over
 * what the platform proposed. Throws `mapping-disposition-invalid` (config) for a row of the mappings that no place of
 * Brightpearl is meant with.
 */
export function placeInTable(line: ReturnLine, { dispositions, mappings }: PlaceTable): PutAway | null {
  if (mappings !== null && dispositions.size === 0) return placeInMappings(line, mappings);
  const place = dispositions.get((toldDisposition(line) ?? NO_DISPOSITION).toLowerCase());
  return place === undefined ? null : { place, row: null };
}

/** Where the goods of a line are booked to; null where the table has no row for them (R66). */
export function placeOf(event: ReturnEvent, line: ReturnLine, policy: GoodsInPolicy): PutAway | null {
  if (policy.putAway === 'quarantine' || !isInspected(event, line)) return { place: 'quarantine', row: null };
  return placeInTable(line, policy);
}

export function dispositionUnmapped(lines: readonly ReturnLine[], table: PlaceTable): Problem {
  const ofMappings = table.mappings !== null && table.dispositions.size === 0;
  const told = lines.map((line) => {
    const disposition = toldDisposition(line) ?? NO_DISPOSITION;
    const { id, sku, condition } = line;
    const missing = { lineId: id, sku, field: 'disposition' };
    if (!ofMappings) return { ...missing, expected: 'a row in the disposition table', received: disposition };
    return { ...unmappedLine('disposition', { disposition, condition }, line), ...missing };
  });
  return {
    code: 'disposition-unmapped',
    what: [...new Set(told.map(({ received }) => received))].join(', '),
    lines: told,
  };
}
