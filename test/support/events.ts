import { returnEventSchema, returnKey, type ReturnEvent, type ReturnLine } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import type { Intake, NewEvent } from '../../nodes/store/store';

export const NOW = '2026-02-20T10:00:00.000Z';

export function line(change: Partial<ReturnLine> = {}): ReturnLine {
  return {
    id: '99000111',
    kind: 'item',
    sku: 'RUN-42-BLU',
    description: null,
    upc: null,
    variantId: null,
    orderLineId: '99000111',
    unitIds: [],
    quantity: quantity(1),
    reason: { code: 'too-small', text: 'Too small' },
    outcome: 'original-payment',
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

let next = 0;

export function event(change: Partial<ReturnEvent> = {}): ReturnEvent {
  next += 1;
  return returnEventSchema.parse({
    schema: 1,
    id: `hr_event_${next}`,
    topic: 'return.started',
    platform: 'happy-returns',
    brand: 'acme-shoes',
    returnId: 'HRQ7K2MD',
    platformReturnId: null,
    returnNumber: 'HRQ7K2MD',
    order: { number: 'AC-50211', id: null },
    externalRmaId: null,
    occurredAt: NOW,
    timeBasis: 'receipt',
    receivedAt: NOW,
    purchasedAt: null,
    platformStatus: 'started',
    shipment: null,
    lines: [line()],
    customerToken: null,
    flags: [],
    ...change,
  });
}

export function newEvent(
  change: Partial<ReturnEvent> = {},
  exception: NewEvent['exception'] = null,
): NewEvent {
  const made = event(change);
  return { event: made, returnKey: returnKey(made), exception };
}

export function intake(events: readonly NewEvent[], change: Partial<Intake['receipt']> = {}): Intake {
  return {
    receipt: {
      id: `r_${events.map(({ event: one }) => one.id).join('+')}`,
      source: 'in-1',
      platform: 'happy-returns',
      body: '{}',
      unreadable: null,
      receivedAt: NOW,
      ...change,
    },
    events,
    people: [],
  };
}
