import type { ReturnEvent, ReturnLine } from '../returns/event';
import { formatDecimal, negateMoney, shareOf, type Money } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import type { EarlierReturn, SalesLine } from './orders';

/** A line of the return order to be made, with what it must come to. */
export interface PlannedLine {
  line: ReturnLine;
  sale: SalesLine;
  quantity: number;
  /** What is to be credited: negative. */
  amount: Money;
}

export type Plan = { planned: PlannedLine[] } | { problem: Problem };

/**
 * Matches each returned line with the line of the original order that it was sold on: by the shop's line id where
 * the ERP has it, else by item number. Price and discount are the sale's, shared out to the penny over all returns of
 * the line, and no more comes back than was sold (R50).
 *
 * @param earlier  lines of earlier return orders of the same sale
 * @param eachUnit the ERP's unit symbol for a single piece
 */
export function planLines(
  event: ReturnEvent,
  sales: readonly SalesLine[],
  earlier: readonly EarlierReturn[],
  eachUnit: string,
): Plan {
  const left = usedByEarlier(sales, earlier, eachUnit);
  const planned: PlannedLine[] = [];
  for (const line of event.lines.filter((candidate) => candidate.kind === 'item')) {
    const fitting = left.filter(({ sale }) => belongsTo(line, sale, sales));
    if (fitting.length === 0) return { problem: notOnOrder(line, sales) };
    const wrongUnit = fitting.find(({ sale }) => sale.unit.toLowerCase() !== eachUnit.toLowerCase());
    if (wrongUnit) return { problem: unitMismatch(line, wrongUnit.sale, eachUnit) };
    // Several order lines of one item are used up one after another; the return line takes the first with room.
    const room = fitting.find(({ sale, taken }) => sale.quantity - taken >= line.quantity.value);
    if (!room) return { problem: overOrder(line, fitting) };
    const { sale, taken } = room;
    room.taken += line.quantity.value;
    const amount = negateMoney(shareOf(sale.amount, taken, room.taken, sale.quantity));
    planned.push({ line, sale, quantity: line.quantity.value, amount });
  }
  return { planned };
}

/** How much of a line of the sale has come back so far. */
export interface LineUse {
  sale: SalesLine;
  /** In the line's own unit. */
  taken: number;
  /** In single pieces besides, where the line is sold in another unit. */
  takenPieces: number;
}

/** Counts earlier returns against the lines of the sale. */
export function usedByEarlier(
  sales: readonly SalesLine[],
  earlier: readonly EarlierReturn[],
  eachUnit: string,
): LineUse[] {
  const use = sales.map((sale) => ({ sale, taken: 0, takenPieces: 0 }));
  for (const returned of earlier) useUp(use, returned, eachUnit);
  return use;
}

/** Counts an earlier return against the order line it came from, or against those of its item. */
function useUp(use: readonly LineUse[], returned: EarlierReturn, eachUnit: string): void {
  const base = returned.external.replace(/[.~]\d+$/, '');
  const exact = use.filter(
    ({ sale }) => sale.external !== '' && (sale.external === returned.external || sale.external === base),
  );
  const same = use.filter(({ sale }) => sameText(sale.itemNumber, returned.itemNumber));
  const entries = exact.length > 0 ? exact : same;
  const [first] = entries;
  if (!first) return;
  // Pieces of a line that was sold in packs: how many packs they come to is not known here.
  if (sameText(returned.unit, eachUnit) && !sameText(first.sale.unit, eachUnit)) {
    first.takenPieces += returned.quantity;
    return;
  }
  let open = returned.quantity;
  for (const entry of entries) {
    const share = Math.min(open, entry.sale.quantity - entry.taken);
    entry.taken += share;
    open -= share;
  }
}

/** D365 compares numbers and symbols without regard to case. */
function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function belongsTo(line: ReturnLine, sale: SalesLine, all: readonly SalesLine[]): boolean {
  const named = line.orderLineId !== null && all.some((other) => other.external === line.orderLineId);
  if (named && sale.external !== line.orderLineId) return false;
  return line.sku !== null && sale.itemNumber.toLowerCase() === line.sku.toLowerCase();
}

function notOnOrder(line: ReturnLine, sales: readonly SalesLine[]): Problem {
  const sold = sales.map((sale) => `${sale.quantity} × ${sale.itemNumber}`).join(', ');
  return {
    code: 'line-not-on-order',
    what: `${line.quantity.value} × ${line.sku ?? '?'}`,
    lines: [{ lineId: line.id, sku: line.sku, field: 'sku', expected: sold, received: line.sku }],
  };
}

function unitMismatch(line: ReturnLine, sale: SalesLine, eachUnit: string): Problem {
  return {
    code: 'unit-mismatch',
    what: `${sale.itemNumber} in ${sale.unit}`,
    lines: [{ lineId: line.id, sku: line.sku, field: 'unit', expected: eachUnit, received: sale.unit }],
  };
}

function overOrder(line: ReturnLine, fitting: readonly { sale: SalesLine; taken: number }[]): Problem {
  const sold = fitting.reduce((sum, { sale }) => sum + sale.quantity, 0);
  const taken = fitting.reduce((sum, entry) => sum + entry.taken, 0);
  return {
    code: 'quantity-over-order',
    what: `${line.sku ?? '?'}: ${sold} sold, ${taken} returned before, ${line.quantity.value} now`,
    lines: [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'quantity',
        expected: `at most ${sold - taken}`,
        received: String(line.quantity.value),
      },
    ],
  };
}

/** Amount as the ERP's number field takes it. */
export function decimalNumber(amount: Money): number {
  return Number(formatDecimal(amount));
}
