import type { ReturnEvent, ReturnLine } from '../returns/event';
import { itemLines, type Problem } from '../returns/posting-checks';
import { raisesCredit } from './policy';

/** Where goods are put: apart from what is sold, or with it. */
export type Place = 'quarantine' | 'sellable';

/** How goods are booked in: what the dialog of the node sets. */
export interface GoodsInPolicy {
  /** From which stage on goods count as arrived. */
  when: 'return.received' | 'return.accepted';
  /** Whether goods that the inspection rejected are booked into quarantine, or not at all. */
  rejectedGoods: 'quarantine' | 'ignore';
  putAway: 'quarantine' | 'disposition';
  /** Disposition in lower case → place; {@link NO_DISPOSITION} stands for a line that has none. */
  dispositions: ReadonlyMap<string, Place>;
  /** Whether inspected goods are moved from quarantine to where they are sold. */
  release: boolean;
  /** Null for the warehouse of the credit. */
  warehouseId: number | null;
  /** Field of a goods-in note that names the row of the credit. */
  rowField: string;
  /** What `itemCost` of an order row is the cost of; `none`: goods come in with the value 0. */
  unitCost: 'unit' | 'row' | 'none';
}

/** How the table names a line whose disposition nobody has told. */
export const NO_DISPOSITION = 'none';

/**
 * The lines whose goods an event says are in the building. A refund alone is no arrival: platforms refund at the
 * customer's drop-off, and refund goods that never come back (`reference/returns-platforms.md` 4.3). It counts for the
 * lines that the warehouse has decided on, since it can only decide on what it has.
 */
export function arrivedLines(
  event: ReturnEvent,
  policy: Pick<GoodsInPolicy, 'when' | 'rejectedGoods'>,
): ReturnLine[] {
  const lines = itemLines(event);
  if (event.topic === 'return.rejected') return policy.rejectedGoods === 'quarantine' ? lines : [];
  if (event.topic === 'return.refunded') return lines.filter((line) => line.confirmedDisposition !== null);
  return raisesCredit({ payload: event }, policy.when === 'return.received' ? 'on-received' : 'on-accepted')
    ? lines
    : [];
}

/** Whether the goods of a line have been looked at and taken (R76, R88): before that nothing of it can be sold. */
export function isInspected(event: ReturnEvent, line: ReturnLine): boolean {
  if (event.topic === 'return.accepted') return true;
  return event.topic === 'return.refunded' && line.confirmedDisposition !== null;
}

/**
 * Where the table puts the goods of a line; null where it has no row for them. What the warehouse decided wins over
 * what the platform proposed.
 */
export function placeInTable(line: ReturnLine, dispositions: GoodsInPolicy['dispositions']): Place | null {
  return dispositions.get(dispositionOf(line).toLowerCase()) ?? null;
}

/** Where the goods of a line are booked to; null where the table has no row for them (R66). */
export function placeOf(event: ReturnEvent, line: ReturnLine, policy: GoodsInPolicy): Place | null {
  if (policy.putAway === 'quarantine' || !isInspected(event, line)) return 'quarantine';
  return placeInTable(line, policy.dispositions);
}

/** What stands in the way of any booking: a line without a SKU, or with a part of a piece. */
export function unfitToReceive(lines: readonly ReturnLine[]): Problem | null {
  const nameless = lines.filter(({ sku }) => sku === null);
  if (nameless.length > 0) {
    return {
      code: 'sku-missing',
      what: nameless.map(({ id }) => `line ${id}`).join(', '),
      lines: nameless.map(({ id }) => ({ lineId: id, field: 'sku', expected: 'a SKU' })),
    };
  }
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

export function dispositionUnmapped(lines: readonly ReturnLine[]): Problem {
  return {
    code: 'disposition-unmapped',
    what: [...new Set(lines.map(dispositionOf))].join(', '),
    lines: lines.map((line) => ({
      lineId: line.id,
      sku: line.sku,
      field: 'disposition',
      expected: 'a row in the disposition table',
      received: dispositionOf(line),
    })),
  };
}

function dispositionOf(line: ReturnLine): string {
  const told = (line.confirmedDisposition ?? line.platformDisposition ?? '').trim();
  return told === '' ? NO_DISPOSITION : told;
}
