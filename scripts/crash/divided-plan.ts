import { returnEventSchema, type ReturnEvent, type ReturnTopic } from '../../nodes/returns/event';
import type { SeededRandom } from '../../nodes/sandbox/world';
import type { DividedTold } from '../divided-flow';
import type { Counted, Planned } from './point-kills';

const WAY: readonly ReturnTopic[] = [
  'return.started',
  'return.dropped_off',
  'return.received',
  'return.accepted',
];
const AT = '2026-02-20T10:00:00.000Z';

export interface PlannedDivision extends Planned {
  id: string;
  events: ReturnEvent[];
}

/** Returns of one sound line and one to three that the ERP knows now and then. */
export function planDivisions(count: number, random: SeededRandom): PlannedDivision[] {
  return Array.from({ length: count }, (_, at) => {
    const id = `D${String(at).padStart(6, '0')}`;
    const flaky = random.between(1, 3);
    const lines = ['GOOD', ...Array.from({ length: flaky }, (_one, place) => `FLAKY-${place}`)];
    return {
      id,
      events: random.shuffle([...WAY]).map((topic) => eventOf(id, topic, lines)),
      acknowledged: false,
    };
  });
}

function eventOf(id: string, topic: ReturnTopic, skus: readonly string[]): ReturnEvent {
  const unknown = { description: null, upc: null, variantId: null, orderLineId: null, outcome: null };
  const decided = { condition: null, platformDisposition: null, confirmedDisposition: null, warehouse: null };
  return returnEventSchema.parse({
    schema: 1,
    id: `event-${id}-${topic}`,
    topic,
    platform: 'crash',
    brand: 'acme',
    returnId: id,
    platformReturnId: null,
    returnNumber: id,
    order: { number: `O-${id}`, id: null },
    externalRmaId: null,
    occurredAt: AT,
    timeBasis: 'platform',
    receivedAt: AT,
    purchasedAt: null,
    platformStatus: null,
    shipment: null,
    lines: skus.map((sku, at) => ({
      ...unknown,
      ...decided,
      id: `${id}-${at}`,
      kind: 'item',
      sku,
      unitIds: [],
      quantity: { value: 1, unit: 'each' },
      reason: { code: null, text: null },
      price: null,
      tax: null,
      replacementSku: null,
    })),
    customerToken: null,
    flags: [],
  });
}

export interface DivisionVerdict extends Counted {
  divided: number;
  /** Parts that were told more than once, because a process died before their flow was done. */
  sentAgain: number;
}

/**
 * Counts from outside: each line of each event came out, passed or held; and no line ever went on with both parts, or it
 * would be credited twice.
 */
export function checkDivisions(
  planned: readonly PlannedDivision[],
  told: readonly DividedTold[],
): DivisionVerdict {
  const findings: string[] = [];
  const ofEvent = new Map<string, Set<string>>();
  const partsOf = new Map<string, Set<number>>();
  const times = new Map<string, number>();
  for (const one of told) {
    const event = one.event.replace(/~\d+$/, '');
    const seen = ofEvent.get(event) ?? new Set();
    for (const line of one.lines) seen.add(line);
    ofEvent.set(event, seen);
    if (one.part > 1) times.set(one.event, (times.get(one.event) ?? 0) + 1);
    if (one.path !== 'passed') continue;
    for (const line of one.lines) partsOf.set(line, (partsOf.get(line) ?? new Set()).add(one.part));
  }
  let [lost, duplicate, posted, divided] = [0, 0, 0, 0];
  for (const { id, events } of planned) {
    const missing = events.flatMap((event) =>
      event.lines
        .filter((line) => ofEvent.get(event.id)?.has(line.id) !== true)
        .map((line) => `${event.id} ${line.id}`),
    );
    const lines = events[0]?.lines ?? [];
    const twice = lines.filter((line) => (partsOf.get(line.id)?.size ?? 0) > 1);
    lost += missing.length;
    duplicate += twice.length;
    if (missing.length === 0) posted += 1;
    if (lines.some((line) => partsOf.get(line.id)?.has(2) === true)) divided += 1;
    findings.push(...missing.map((one) => `${one} never came out`));
    findings.push(...twice.map((line) => `${id}: ${line.id} went on with both parts`));
  }
  const acknowledged = planned.filter((one) => one.acknowledged).length;
  const sentAgain = [...times.values()].filter((count) => count > 1).length;
  return { acknowledged, posted, parked: {}, lost, duplicate, findings, divided, sentAgain };
}
