import { bundleOnOrder } from '../../returns/bundle-on-order';
import type { ReturnEvent, ReturnLine } from '../../returns/event';
import type { Mappings } from '../../returns/mappings';
import { formatDecimal, negateMoney, shareOf, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { pairedLines, partOfBundle, unitUnmapped, type PairedLine } from '../../returns/posting-lines';
import type { EarlierReturn, SalesLine } from './orders';

/** A line of the return order to be made, with what it must come to. */
export interface PlannedLine {
  line: ReturnLine;
  /**
   * By which it is known again: the id of the line, with a number of its own for each component of a bundle, and for each
   * further line of the sale that it stands on.
   */
  external: string;
  sale: SalesLine;
  /** Units of the sale's line that came back before. */
  taken: number;
  quantity: number;
  /** Units of the line that it stands for, as the platform counts them. */
  units: number;
  /** What is to be credited: negative. */
  amount: Money;
}

/** Ends the name of a line that is the component of a bundle; ids of lines have no such end. */
const COMPONENT = /\+\d+$/;
/** Ends the name of a line that goes beyond one line of the sale. */
const FURTHER = /\/\d+$/;

export type Plan = { planned: PlannedLine[] } | { problem: Problem };

export interface PlanFacts {
  event: ReturnEvent;
  /** The event in the ERP's names and pieces; the same where no mappings are used. */
  mapped: ReturnEvent;
  mappings: Mappings | null;
  sales: readonly SalesLine[];
  /** Lines of earlier return orders of the same sale. */
  earlier: readonly EarlierReturn[];
  /** The ERP's unit symbol for a single piece. */
  eachUnit: string;
}

/**
 * Matches each returned line with the line of the original order that it was sold on: by the shop's line id where
 * the ERP has it, else by item number; a bundle that was sold as its components with their lines (R48). Price and
 * discount are the sale's, shared out to the penny over all returns of the line, and no more comes back than was sold
 * (R50).
 */
export function planLines(facts: PlanFacts): Plan {
  const left = usedByEarlier(facts.sales, facts.earlier, facts.eachUnit);
  const planned: PlannedLine[] = [];
  for (const pair of pairedLines(facts.event, facts.mapped)) {
    const lines = planLine(pair, facts, left);
    if ('problem' in lines) return lines;
    planned.push(...lines.planned);
  }
  return { planned };
}

function planLine({ told, known }: PairedLine, facts: PlanFacts, left: readonly LineUse[]): Plan {
  const { sales, mappings } = facts;
  const has = (item: string): boolean => sales.some((sale) => sameText(sale.itemNumber, item));
  // The line's own id of the shop may name a line of the order that holds something else.
  const own = fittingLines(known, known.sku ?? '', left, sales);
  const onOrder = own.length > 0 ? null : bundleOnOrder(known.sku ?? '', mappings, has);
  if (onOrder && 'partOf' in onOrder) return { problem: partOfBundle(known, onOrder.partOf) };
  const wants = own.length > 0 ? [{ sku: known.sku ?? '', each: 1 }] : (onOrder?.wants ?? []);
  const isBundle = wants.some(({ sku }) => sku !== known.sku);
  if (own.length === 0 && !isBundle) return { problem: notOnOrder(known, sales) };
  const planned: PlannedLine[] = [];
  for (const [at, { sku, each }] of wants.entries()) {
    const fitting = isBundle ? componentLines(known, sku, left, sales) : own;
    const taken = takeFrom(fitting, known, sku, known.quantity.value * each, facts);
    if ('problem' in taken) return taken;
    const name = isBundle ? `${known.id}+${at + 1}` : known.id;
    for (const [place, share] of taken.shares.entries()) {
      const external = place === 0 ? name : `${name}/${place + 1}`;
      const units = at === 0 && place === 0 ? told.quantity.value : 0;
      planned.push({ line: known, external, units, ...share });
    }
  }
  return { planned };
}

/**
 * Several order lines of one item are used up one after another, as earlier returns are counted: what goes beyond the
 * first of them stands on two.
 */
function takeFrom(
  fitting: readonly LineUse[],
  line: ReturnLine,
  item: string,
  quantity: number,
  { eachUnit, mappings }: PlanFacts,
): { shares: Pick<PlannedLine, 'sale' | 'taken' | 'quantity' | 'amount'>[] } | { problem: Problem } {
  const wrongUnit = fitting.find(({ sale }) => !sameText(sale.unit, eachUnit));
  if (wrongUnit) return { problem: unitMismatch(line, wrongUnit.sale, eachUnit) };
  const strange = unitUnmapped(line, mappings);
  if (strange) return { problem: strange };
  const left = fitting.reduce((sum, { sale, taken }) => sum + sale.quantity - taken, 0);
  if (left < quantity) return { problem: overOrder(line, item, quantity, fitting) };
  const shares: Pick<PlannedLine, 'sale' | 'taken' | 'quantity' | 'amount'>[] = [];
  let open = quantity;
  for (const entry of fitting) {
    const { sale, taken } = entry;
    const share = Math.min(open, sale.quantity - taken);
    if (share <= 0) continue;
    entry.taken += share;
    open -= share;
    const amount = negateMoney(shareOf(sale.amount, taken, entry.taken, sale.quantity));
    shares.push({ sale, taken, quantity: share, amount });
  }
  return { shares };
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
  const name = returned.external.replace(FURTHER, '');
  const ofLine = name.replace(COMPONENT, '');
  const base = ofLine.replace(/[.~]\d+$/, '');
  const isSame = ({ sale }: LineUse): boolean => sameText(sale.itemNumber, returned.itemNumber);
  const exact = use.filter(
    ({ sale }) => sale.external !== '' && [returned.external, ofLine, base].includes(sale.external),
  );
  // Components of a bundle may all name the one line of the shop, or none of them does.
  const ofItem = exact.filter(isSame);
  const named = ofItem.length > 0 || COMPONENT.test(name) ? ofItem : exact;
  const entries = named.length > 0 ? named : use.filter(isSame);
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
export function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Lines of the order that an item was sold on: of the shop's line, where the order names that one. */
function fittingLines(
  line: ReturnLine,
  item: string,
  left: readonly LineUse[],
  sales: readonly SalesLine[],
): LineUse[] {
  const named = line.orderLineId !== null && sales.some(({ external }) => external === line.orderLineId);
  return left.filter(
    ({ sale }) => sameText(sale.itemNumber, item) && (!named || sale.external === line.orderLineId),
  );
}

/** The same for a component: an order may name the shop's line on all components, on one of them, or on none. */
function componentLines(
  line: ReturnLine,
  item: string,
  left: readonly LineUse[],
  sales: readonly SalesLine[],
): LineUse[] {
  const named = fittingLines(line, item, left, sales);
  return named.length > 0 ? named : fittingLines({ ...line, orderLineId: null }, item, left, sales);
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

function overOrder(
  line: ReturnLine,
  item: string,
  quantity: number,
  fitting: readonly { sale: SalesLine; taken: number }[],
): Problem {
  const sold = fitting.reduce((sum, { sale }) => sum + sale.quantity, 0);
  const taken = fitting.reduce((sum, entry) => sum + entry.taken, 0);
  return {
    code: 'quantity-over-order',
    what: `${item}: ${sold} sold, ${taken} returned before, ${quantity} now`,
    lines: [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'quantity',
        expected: `at most ${sold - taken}`,
        received: String(quantity),
      },
    ],
  };
}

/** Amount as the ERP's number field takes it. */
export function decimalNumber(amount: Money): number {
  return Number(formatDecimal(amount));
}
