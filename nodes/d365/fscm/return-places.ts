import type { ReturnEvent, ReturnLine } from '../../returns/event';
import { itemLines, type Problem } from '../../returns/posting-checks';
import type { ReturnOrderPolicy } from '../documents';

/** Where goods of a line go. */
export interface ReturnPlace {
  warehouse: string;
  /** Empty where none is told. */
  location: string;
}

/**
 * Where the goods of each line go, by its id: the warehouse of the node, or, where the user wants that, the one that the
 * mappings have for the place that the platform tells. A place without a row parks: nothing falls to a default (R66, C1 row 16).
 */
export function returnPlaces(
  event: ReturnEvent,
  { warehouse, location = '', placeFrom = 'node', mappings = null }: ReturnOrderPolicy,
): { places: Map<string, ReturnPlace> } | { problem: Problem } {
  const places = new Map<string, ReturnPlace>();
  const unmapped: ReturnLine[] = [];
  const toldFor = (line: ReturnLine): string | null =>
    line.warehouse ?? event.shipment?.destinationId ?? null;
  for (const line of itemLines(event)) {
    const told = placeFrom === 'line' ? toldFor(line) : null;
    if (told === null) {
      places.set(line.id, { warehouse, location });
      continue;
    }
    const row = mappings?.find('location', { location: told });
    if (!row) unmapped.push(line);
    else {
      const own = row.warehouse.toLowerCase() === warehouse.toLowerCase();
      places.set(line.id, { warehouse: row.warehouse, location: own ? location : '' });
    }
  }
  if (unmapped.length === 0) return { places };
  return {
    problem: {
      code: 'location-unmapped',
      what: [...new Set(unmapped.map((line) => toldFor(line) ?? '?'))].join(', '),
      lines: unmapped.map((line) => ({
        lineId: line.id,
        sku: line.sku,
        field: 'warehouse',
        expected: 'a row in the table location of the Return Mappings',
        received: toldFor(line),
      })),
    },
  };
}
