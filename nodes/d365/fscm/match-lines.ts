import { bundleOnOrder } from '../../returns/bundle-on-order';
import type { ReturnEvent, ReturnLine } from '../../returns/event';
import type { Mappings } from '../../returns/mappings';
import { exactDecimal, fractionOfNumber, fractionText, isWhole, times } from '../../returns/exact-fraction';
import { formatDecimal, negateMoney, shareOf, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { pairedLines, partOfBundle, unitUnmapped, type PairedLine } from '../../returns/posting-lines';
import { EACH } from '../../returns/quantity';
import { leftOf, sameText, usedByEarlier, usedOf, type LineUse } from './line-use';
import type { EarlierReturn, SalesLine } from './orders';
import type { UnitFacts } from './unit-facts';

/** A line of the return order to be made, with what it must come to. */
export interface PlannedLine {
  line: ReturnLine;
  /**
   * By which it is known again: the id of the line, with a number of its own for each component of a bundle, and for each
   * further line of the sale that it stands on.
   */
  external: string;
  sale: SalesLine;
  /** Pieces of the sale's line that came back before, and all that were sold on it. */
  taken: number;
  sold: number;
  /** Pieces that one of `unit` is. */
  each: number;
  /** In `unit`. */
  quantity: number;
  /** What the line is counted in: the unit of the sale, or single pieces. */
  unit: string;
  /** Price of one of that unit before discount, in the order's currency. */
  price: number;
  /** Units of the line that it stands for, as the platform counts them. */
  units: number;
  /** What is to be credited: negative. */
  amount: Money;
}

export { usedByEarlier, type LineUse } from './line-use';

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
  /** How units are counted in single pieces; without, only single pieces are known. */
  units?: UnitFacts | null;
  /** `pieces`: lines are counted in single pieces, whatever the order is in. */
  countIn?: 'order-unit' | 'pieces';
}

/**
 * Matches each returned line with the line of the original order that it was sold on: by the shop's line id where
 * the ERP has it, else by item number; a bundle that was sold as its components with their lines (R48). Price and
 * discount are the sale's, shared out to the penny over all returns of the line, and no more comes back than was sold
 * (R50).
 */
export function planLines(facts: PlanFacts): Plan {
  const left = usedByEarlier(facts.sales, facts.earlier, facts.eachUnit, facts.units ?? null);
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
    const pieces = piecesOf(known, fitting, facts);
    if (typeof pieces !== 'number') return pieces;
    const taken = takeFrom(fitting, known, sku, pieces * each, facts);
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

/** What stands on one line of the return order. */
type Share = Pick<PlannedLine, 'sale' | 'taken' | 'sold' | 'each' | 'quantity' | 'unit' | 'price' | 'amount'>;

/** How many single pieces a line is, by the ERP's own units where the platform counts in another one (R45, R46). */
function piecesOf(
  line: ReturnLine,
  fitting: readonly LineUse[],
  { units, mappings }: PlanFacts,
): number | { problem: Problem } {
  const { value, unit } = line.quantity;
  if (unit === EACH) return value;
  const [first] = fitting;
  const factor = first ? (units?.piecesIn(first.sale.itemNumber, unit) ?? null) : null;
  if (!factor) {
    const strange = unitUnmapped(line, mappings);
    return strange ? { problem: strange } : value;
  }
  const pieces = times(fractionOfNumber(value), factor);
  if (isWhole(pieces)) return Number(pieces.above);
  return { problem: notRepresentable(line, `${value} ${unit} = ${fractionText(pieces)}`, 'whole pieces') };
}

/**
 * Several order lines of one item are used up one after another, as earlier returns are counted: what goes beyond the
 * first of them stands on two. Amounts are shared by pieces, and quantities told in the unit of the order, exactly or not
 * at all (R46).
 *
 * @param quantity in single pieces
 */
function takeFrom(
  fitting: readonly LineUse[],
  line: ReturnLine,
  item: string,
  quantity: number,
  facts: PlanFacts,
): { shares: Share[] } | { problem: Problem } {
  const wrongUnit = fitting.find(({ each }) => each === null);
  if (wrongUnit) return { problem: unitMismatch(line, wrongUnit.sale, facts.eachUnit) };
  const left = fitting.reduce((sum, entry) => sum + leftOf(entry), 0);
  if (left < quantity) return { problem: overOrder(line, item, quantity, fitting) };
  const shares: Share[] = [];
  let open = quantity;
  for (const entry of fitting) {
    const { sale } = entry;
    const each = entry.each ?? 1;
    const share = Math.min(open, leftOf(entry));
    if (share <= 0) continue;
    const before = usedOf(entry);
    const counted = countedIn(sale, share, each, facts);
    if (counted === null) {
      const decimals = facts.units?.decimalsOf(sale.unit) ?? 0;
      const expected = `a number of ${sale.unit} with at most ${decimals} decimals`;
      return { problem: notRepresentable(line, `${share} pieces = ${share}/${each} ${sale.unit}`, expected) };
    }
    entry.takenPieces += share;
    open -= share;
    const sold = sale.quantity * each;
    const amount = negateMoney(shareOf(sale.amount, before, before + share, sold));
    shares.push({ sale, taken: before, sold, ...counted, amount });
  }
  return { shares };
}

/** Pieces as the line tells them: in the unit of the order with no more decimals than it may have, or as they are. */
function countedIn(
  sale: SalesLine,
  pieces: number,
  each: number,
  { units, countIn, eachUnit }: PlanFacts,
): Pick<PlannedLine, 'quantity' | 'unit' | 'price' | 'each'> | null {
  if (each === 1) return { quantity: pieces, unit: sale.unit, price: sale.price, each };
  if (countIn === 'pieces') {
    // The amount of the line is exact; the price of a piece is told as finely as the ERP takes it.
    return { quantity: pieces, unit: eachUnit, price: Math.round((sale.price / each) * 1e6) / 1e6, each: 1 };
  }
  const quantity = exactDecimal({ above: BigInt(pieces), below: BigInt(each) });
  if (quantity === null) return null;
  const scale = 10 ** (units?.decimalsOf(sale.unit) ?? 0);
  // Whole in the unit's last decimal, by whole numbers only.
  if ((pieces * scale) % each !== 0) return null;
  return { quantity, unit: sale.unit, price: sale.price, each };
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

function notRepresentable(line: ReturnLine, received: string, expected: string): Problem {
  return {
    code: 'uom-not-representable',
    what: `${line.sku ?? '?'}: ${received}`,
    lines: [{ lineId: line.id, sku: line.sku, field: 'unit', expected, received }],
  };
}

function overOrder(line: ReturnLine, item: string, quantity: number, fitting: readonly LineUse[]): Problem {
  const sold = fitting.reduce((sum, { sale, each }) => sum + sale.quantity * (each ?? 1), 0);
  const taken = sold - fitting.reduce((sum, entry) => sum + leftOf(entry), 0);
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
