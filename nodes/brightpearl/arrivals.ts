import type { PostedDocument, ReturnEvent, ReturnLine } from '../returns/event';
import type { Mappings } from '../returns/mappings';
import type { Problem } from '../returns/posting-checks';
import { pairedLines, unitUnmapped } from '../returns/posting-lines';
import type { Arrival } from './plan-goods-in';
import { arrivedLines, dispositionUnmapped, placeOf, type GoodsInPolicy } from './put-away';
import { readUnits, unitsLeft } from './unit-count';

/**
 * What has arrived and is in no note yet, with the place that it goes to. Units are the platform's, so that what was
 * booked before is known again whatever the mappings have come to say since.
 *
 * @param mapped the event in Brightpearl's names and pieces
 */
export function openArrivals(
  event: ReturnEvent,
  mapped: ReturnEvent,
  policy: GoodsInPolicy,
  notes: readonly PostedDocument[],
): { open: Arrival[] } | { problem: Problem } {
  const held = notes.flatMap(readUnits);
  const arrived = new Set(arrivedLines(event, policy));
  const left = pairedLines(event, mapped)
    .filter(({ told }) => arrived.has(told))
    .map(({ told, known }) => ({ ...unitsLeft(told, held), line: told, known }))
    .filter(({ units }) => units > 0);
  const placed = left.map((arrival) => ({ arrival, put: placeOf(event, arrival.line, policy) }));
  const nowhere = placed.filter(({ put }) => put === null);
  if (nowhere.length > 0) {
    const lines = nowhere.map(({ arrival }) => arrival.line);
    return { problem: dispositionUnmapped(lines, policy) };
  }
  return { open: placed.flatMap(({ arrival, put }) => (put === null ? [] : [{ ...arrival, ...put }])) };
}

/** What stands in the way of any booking: a line without a SKU, in a strange unit, or with a part of a piece. */
export function unfitToReceive(lines: readonly ReturnLine[], mappings: Mappings | null): Problem | null {
  const nameless = lines.filter(({ sku }) => sku === null);
  if (nameless.length > 0) {
    return {
      code: 'sku-missing',
      what: nameless.map(({ id }) => `line ${id}`).join(', '),
      lines: nameless.map(({ id }) => ({ lineId: id, field: 'sku', expected: 'a SKU' })),
    };
  }
  const [strange] = lines.flatMap((line) => unitUnmapped(line, mappings) ?? []);
  if (strange) return strange;
  const broken = lines.filter(({ quantity }) => !Number.isSafeInteger(quantity.value) || quantity.value < 1);
  if (broken.length === 0) return null;
  return {
    code: 'quantity-not-whole',
    what: broken.map(({ sku, quantity }) => `${quantity.value} × ${sku ?? '?'}`).join(', '),
    lines: broken.map(({ id, sku, quantity }) => ({
      lineId: id,
      sku,
      field: 'quantity',
      expected: 'whole pieces',
      received: String(quantity.value),
    })),
  };
}
