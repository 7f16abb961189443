import { isInspected } from '../../returns/arrived-goods';
import type { ReturnEvent, ReturnLine } from '../../returns/event';
import { itemLines, type Problem } from '../../returns/posting-checks';
import { toldDisposition } from '../../returns/told-disposition';
import type { ArrivalPolicy } from '../documents';

/**
 * Where the goods of each line go, as location codes: inspected goods to the warehouse of their disposition, all others where
 * the node has goods before inspection; a line that is not named stays where the return order has it. A disposition that the
 * table lacks parks (R66).
 */
export function placesOf(
  event: ReturnEvent,
  policy: ArrivalPolicy,
): { places: Map<string, string> } | { problem: Problem } {
  const places = new Map<string, string>();
  for (const line of itemLines(event)) {
    const disposition = isInspected(event, line, policy) ? toldDisposition(line) : null;
    const warehouse = disposition === null ? policy.warehouse : warehouseOf(disposition, line, policy);
    if (warehouse === undefined) {
      const received = disposition ?? '';
      const expected = 'a row in the table of dispositions';
      const lines = [{ lineId: line.id, sku: line.sku, field: 'disposition', expected, received }];
      return { problem: { code: 'disposition-unmapped', what: received, lines } };
    }
    if (warehouse !== '') places.set(line.id, warehouse.toUpperCase());
  }
  return { places };
}

function warehouseOf(disposition: string, line: ReturnLine, policy: ArrivalPolicy): string | undefined {
  const { dispositions, mappings, warehouse } = policy;
  if (dispositions.size > 0) {
    const target = dispositions.get(disposition.toLowerCase());
    return target && (target.warehouse || warehouse);
  }
  if (mappings === null || mappings.rows('disposition').length === 0) return warehouse;
  return mappings.find('disposition', { disposition, condition: line.condition })?.warehouse;
}
