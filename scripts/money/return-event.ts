import type { ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';

const TIME = '2026-02-20T10:00:00.000Z';

/** A line of a return; all that no planner of money reads is empty. */
export function lineOf(change: Partial<ReturnLine> & { id: string }): ReturnLine {
  return {
    kind: 'item',
    sku: null,
    description: null,
    upc: null,
    variantId: null,
    orderLineId: null,
    unitIds: [],
    quantity: quantity(1),
    reason: { code: null, text: null },
    outcome: null,
    condition: null,
    platformDisposition: null,
    confirmedDisposition: null,
    warehouse: null,
    price: null,
    tax: null,
    replacementSku: null,
    ...change,
  };
}

export function eventOf(returnId: string, lines: ReturnLine[]): ReturnEvent {
  return {
    schema: 1,
    id: `event-${returnId}`,
    topic: 'return.accepted',
    platform: 'drawn',
    brand: 'brand',
    returnId,
    platformReturnId: null,
    returnNumber: returnId,
    order: { number: 'AC-1', id: null },
    externalRmaId: null,
    occurredAt: TIME,
    timeBasis: 'platform',
    receivedAt: TIME,
    purchasedAt: null,
    platformStatus: null,
    shipment: null,
    lines,
    customerToken: null,
    flags: [],
  };
}

export function lineInWords({
  id,
  kind,
  sku,
  quantity: { value },
  outcome,
  price,
  replacementSku,
}: ReturnLine): string {
  const more = [
    outcome === null ? [] : outcome,
    price === null ? [] : `at ${price.minor} ${price.currency} (smallest units)`,
    replacementSku === null ? [] : `for ${replacementSku}`,
  ].flat();
  const told = kind === 'item' ? '' : `${kind} `;
  return `${told}${id}: ${value} × ${sku}${more.length === 0 ? '' : ` (${more.join(', ')})`}`;
}
