import type { ReturnLine } from '../returns/event';
import { LedgerError } from '../returns/failure';
import type { RowOf } from '../returns/mapping-tables';
import type { Mappings } from '../returns/mappings';
import type { Problem } from '../returns/posting-checks';
import { NO_DISPOSITION, toldDisposition } from '../returns/told-disposition';
import type { Place, PutAway } from './put-away';

/**
 * Where Return Mappings put the goods of a line (R60, R61, R62, R65): by the row of its disposition and condition. Where
 * nobody has told a disposition, by what the row of its reason says about the goods, and else by a row that is named
 * `none`. Null where there is no row, and nothing is moved (R66).
 *
 * The contract for Brightpearl: the ERP's disposition is `sellable` or `quarantine`, and the warehouse is the number of the
 * one that the goods are booked into (see {@link elsewhere}). Throws `mapping-disposition-invalid` (config) for another one.
 */
export function placeInMappings(line: ReturnLine, mappings: Mappings): PutAway | null {
  const told = toldDisposition(line);
  if (told === null) {
    const reason = mappings.find('reason', { reason: line.reason.code });
    if (reason && reason.disposition !== '') {
      return { place: placeNamed(reason.disposition, 'reason', reason.reason, 'disposition'), row: null };
    }
  }
  const keys = { disposition: told ?? NO_DISPOSITION, condition: line.condition };
  const row = mappings.find('disposition', keys);
  if (!row) return null;
  const name = `${row.disposition} / ${row.condition}`;
  return { place: placeNamed(row.erpDisposition, 'disposition', name, 'erpDisposition'), row };
}

function placeNamed(name: string, table: string, row: string, column: string): Place {
  const place = name.toLowerCase();
  if (place === 'sellable' || place === 'quarantine') return place;
  throw new LedgerError({
    code: 'mapping-disposition-invalid',
    class: 'config',
    message:
      `Return Mappings: in the table ${table}, row “${row}”, the column ${column} needs sellable or quarantine for ` +
      `Brightpearl; it is “${name}”. Open the mappings, correct it and deploy`,
  });
}

/** Goods of a line with the row that says where they go. */
interface Placed extends PutAway {
  line: Pick<ReturnLine, 'id' | 'sku'>;
}

/**
 * Goods whose row names another warehouse or location than the one that they would be booked into (R72). A row that means
 * another building must not be carried out in this one; nothing is moved then. Null where all agree.
 *
 * @param locations numbers of the locations of the warehouse, as far as they are needed
 */
export function elsewhere(
  placed: readonly Placed[],
  warehouseId: number,
  locations: Readonly<Partial<Record<Place, number>>>,
): Problem | null {
  const differing = placed.flatMap(({ line, place, row }) => {
    const fault = row && difference(row, warehouseId, locations[place]);
    return fault ? [{ what: fault.what, line: { lineId: line.id, sku: line.sku, ...fault.evidence } }] : [];
  });
  if (differing.length === 0) return null;
  const what = new Set(differing.map((one) => one.what));
  return {
    code: 'warehouse-mismatch',
    what: [...what].join('; ').slice(0, 600),
    lines: differing.map(({ line }) => line),
  };
}

function difference(
  { disposition, condition, warehouse, location }: RowOf<'disposition'>,
  warehouseId: number,
  locationId: number | undefined,
): { what: string; evidence: { field: string; expected: string; received: string } } | null {
  const fault = (field: string, expected: string, received: string): ReturnType<typeof difference> => ({
    what: `row “${disposition} / ${condition}” names ${field} ${received}, they are booked into ${expected}`,
    evidence: { field, expected, received },
  });
  if (warehouse !== String(warehouseId)) return fault('warehouse', String(warehouseId), warehouse);
  if (location === '' || locationId === undefined || location === String(locationId)) return null;
  return fault('location', String(locationId), location);
}
