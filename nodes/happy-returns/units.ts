import type { ReturnLine } from '../returns/event';
import { quantity } from '../returns/quantity';
import type { WireItem } from './wire';

/** One unit of an order line: `99000111-0-2` is the first of two units of line `99000111`. */
export interface OrderLineUnit {
  base: string;
  offset: number;
  total: number;
}

/**
 * Reads an order line id. Split from the right: the last two parts are offset and total where they are whole numbers
 * with 0 ≤ offset < total; otherwise the whole text is the line id (`reference/returns-platforms.md` 4.2). The base
 * may hold hyphens of its own.
 */
export function parseOrderLineUnit(id: string): OrderLineUnit {
  const match = /^(.+)-(\d{1,6})-(\d{1,6})$/.exec(id);
  const offset = Number(match?.[2]);
  const total = Number(match?.[3]);
  const base = match?.[1];
  if (base !== undefined && offset < total) return { base, offset, total };
  return { base: id, offset: 0, total: 1 };
}

/**
 * Folds the units of a webhook into lines with quantities. Units belong to one line where order line, item and all
 * that decides their fate agree; two units of one order line with two reasons are two lines. A unit that stands twice
 * in the body counts once.
 */
export function foldUnits(items: readonly WireItem[]): ReturnLine[] {
  const groups = new Map<string, { items: WireItem[]; first: OrderLineUnit | null }>();
  for (const item of withoutRepeats(items)) {
    const unit = item.orderLineItemID === null ? null : parseOrderLineUnit(item.orderLineItemID);
    const key = JSON.stringify([
      unit?.base ?? null,
      item.sku,
      item.productVariantID,
      item.returnReasonID,
      item.returnReason,
      item.refundType,
      item.oneClickExchange,
      item.condition,
      item.disposition,
      item.inspectionOutcome,
      item.destinationAddressID,
    ]);
    const group = groups.get(key) ?? { items: [], first: null };
    group.items.push(item);
    if (unit && (group.first === null || unit.offset < group.first.offset)) group.first = unit;
    groups.set(key, group);
  }
  return distinctIds([...groups.values()].map((group) => toLine(group.items, group.first)));
}

function withoutRepeats(items: readonly WireItem[]): WireItem[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const id = item.happyReturnsItemID ?? null;
    if (id === null) return true;
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

function toLine(items: readonly WireItem[], first: OrderLineUnit | null): ReturnLine {
  const item = items[0];
  if (!item) throw new Error('A line needs at least one unit');
  const reason = { code: item.returnReasonID, text: item.returnReason };
  return {
    id: lineId(item, first),
    kind: 'item',
    sku: item.sku,
    description: item.productName,
    upc: item.upc,
    variantId: item.productVariantID,
    orderLineId: first?.base ?? null,
    unitIds: items.flatMap((unit) => unit.happyReturnsItemID ?? unit.orderLineItemID ?? []).sort(),
    quantity: quantity(items.length),
    reason,
    outcome: item.oneClickExchange ? (item.refundType ?? 'exchange') : item.refundType,
    condition: item.condition,
    platformDisposition: item.disposition ?? item.inspectionOutcome,
    confirmedDisposition: null,
    warehouse: null,
    price: null,
    tax: null,
    replacementSku: null,
  };
}

/** Stable over the events of a return: the order line, and for a line of several units the first one's offset. */
function lineId(item: WireItem, first: OrderLineUnit | null): string {
  const id =
    first === null
      ? (item.happyReturnsItemID ?? item.sku ?? 'line')
      : first.total > 1
        ? `${first.base}.${first.offset}`
        : first.base;
  return id.slice(0, 56);
}

/** Lines without an order line may share an id; a number keeps them apart, in an order that does not depend on luck. */
function distinctIds(lines: ReturnLine[]): ReturnLine[] {
  const sorted = [...lines].sort(
    (a, b) => compare(a.id, b.id) || compare(a.unitIds.join(), b.unitIds.join()),
  );
  const used = new Map<string, number>();
  return sorted.map((line) => {
    const count = (used.get(line.id) ?? 0) + 1;
    used.set(line.id, count);
    return count === 1 ? line : { ...line, id: `${line.id}~${count}` };
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
