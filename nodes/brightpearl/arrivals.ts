import { arrivedLines } from '../returns/arrived-goods';
import type { PostedDocument, ReturnEvent } from '../returns/event';
import type { Problem } from '../returns/posting-checks';
import { pairedLines } from '../returns/posting-lines';
import type { Arrival } from './plan-goods-in';
import { dispositionUnmapped, placeOf, type GoodsInPolicy } from './put-away';
import { readUnits, unitsLeft } from '../returns/unit-count';

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
