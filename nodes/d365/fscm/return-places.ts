import type { LedgerError } from '../../returns/failure';
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

/** A warehouse or location that Dynamics 365 does not have, by its own refusal; null for any other (C1 row 16). */
export function unknownPlace(
  { code, message }: LedgerError,
  places: readonly { warehouse: string; location?: string }[],
): Problem | null {
  if (code !== 'd365-value-unknown' || !/\b(warehouse|location)/i.test(message)) return null;
  const named = places.map(({ warehouse, location = '' }) =>
    location === '' ? warehouse : `${warehouse} ${location}`,
  );
  return {
    code: 'location-unknown',
    what: message,
    lines: [
      {
        field: 'warehouse',
        expected: 'a warehouse and location of Dynamics 365',
        received: [...new Set(named)].join(', '),
      },
    ],
  };
}
