import { raisesCredit } from './credit-timing';
import type { ReturnEvent, ReturnLine } from './event';
import type { Mappings } from './mappings';
import { itemLines, type Problem } from './posting-checks';
import { unitUnmapped } from './posting-lines';

/** When goods count as arrived. */
export interface ArrivalStages {
  /** From which stage on goods count as arrived. */
  when: 'return.received' | 'return.accepted';
  /** Whether goods that the inspection rejected are received into quarantine, or not at all. */
  rejectedGoods: 'quarantine' | 'ignore';
  /** As in the message: a Return Gate counts the goods of this refund as accepted. */
  goodsAccepted?: boolean;
}

/**
 * The lines whose goods an event says are in the building. A refund alone is no arrival: platforms refund at the
 * customer's drop-off, and refund goods that never come back (`reference/returns-platforms.md` 4.3). It counts for the
 * lines that the warehouse has decided on, since it can only decide on what it has.
 */
export function arrivedLines(event: ReturnEvent, stages: ArrivalStages): ReturnLine[] {
  const lines = itemLines(event);
  const { when, rejectedGoods } = stages;
  if (event.topic === 'return.rejected') return rejectedGoods === 'quarantine' ? lines : [];
  if (event.topic === 'return.refunded') return lines.filter((line) => isInspected(event, line, stages));
  return raisesCredit({ payload: event }, when === 'return.received' ? 'on-received' : 'on-accepted')
    ? lines
    : [];
}

/** Whether the goods of a line have been looked at and taken (R76, R88): before that nothing of it can be sold. */
export function isInspected(
  event: ReturnEvent,
  line: ReturnLine,
  { goodsAccepted = false }: Pick<ArrivalStages, 'goodsAccepted'> = {},
): boolean {
  if (event.topic === 'return.accepted') return true;
  return event.topic === 'return.refunded' && (goodsAccepted || line.confirmedDisposition !== null);
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
