import { bundleOnOrder } from '../returns/bundle-on-order';
import { compareValue, type PriceMode } from '../returns/compare-value';
import type { ReturnEvent, ReturnLine } from '../returns/event';
import type { Mappings } from '../returns/mappings';
import { addMoney, formatMoney, sumMoney, type Money } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import { pairedLines, partOfBundle, unitUnmapped, type PairedLine } from '../returns/posting-lines';
import { lineProblem, notOnOrder, overOrder, taxUnmapped } from './credit-problems';
import type { TaxCode } from './directory';
import { planFees, type FeeRow } from './plan-fees';
import type { Credit, OrderRow, OriginalOrder } from './records';
import { addCredited, takeUnits, unitsLeft, usedByEarlier, type RowUse } from './row-use';
import { overValue, rootUse, valueOf } from './row-value';

export interface CreditRules {
  /**
   * SKU that comes back → SKU that was sold, both in lower case, for items that were sent instead of others (R49). Where
   * there are Return Mappings, both are the ERP's.
   */
  substitutes: ReadonlyMap<string, string>;
  /** What a part of a bundle is worth where the order gives it no value: a person decides, or an even share (R52). */
  bundleParts: 'park' | 'even';
  /** By how much the platform's amount of a line may differ from the order's, in the smallest unit (R113). */
  toleranceMinor: number;
  /** Whether the platform's prices contain the tax (R59). */
  prices?: PriceMode | undefined;
  /** Fee of the platform → how it stands on the credit. */
  fees: ReadonlyMap<string, FeeRow>;
  /** Takes the place of the original row's; empty for that one. */
  nominalCode: string;
}

/** A row of the credit to be made. */
export interface PlannedRow {
  line: ReturnLine;
  /** The row of the original order that it reverses; null for a fee. */
  rowId: number | null;
  /** Null for free text. */
  productId: number | null;
  name: string;
  quantity: number;
  /** Units of the line that the row stands for, as the platform counts them; missing for a fee. */
  units?: number;
  net: Money;
  tax: Money;
  taxCode: string;
  nominalCode: string;
}

export interface CreditPlan {
  rows: PlannedRow[];
  net: Money;
  tax: Money;
  gross: Money;
  /** Differences to the platform's amounts that the tolerance lets pass, in words (R113). */
  differences: string[];
}

export interface PlanFacts {
  event: ReturnEvent;
  /** The event in the ERP's names and pieces; the same where no mappings are used. */
  mapped: ReturnEvent;
  mappings: Mappings | null;
  order: OriginalOrder;
  /** Credits of the order that stand, without the one being made. */
  earlier: readonly Credit[];
  taxCodes: ReadonlyMap<string, TaxCode>;
  /** Numbers of substituted products by SKU, in lower case. */
  products: ReadonlyMap<string, number>;
  rules: CreditRules;
}

/**
 * Plans the rows of a credit: each returned line is matched with the rows that it was sold on, by the row's id and
 * never by its place, and takes its share of their net and tax to the penny, after what earlier credits took
 * (R48–R52, R55, R113). No more is credited than was sold, in units and in value.
 */
export function planCredit(facts: PlanFacts): { plan: CreditPlan } | { problem: Problem } {
  const { event, order, rules, taxCodes } = facts;
  const use = usedByEarlier(order.rows, facts.earlier);
  const rows: PlannedRow[] = [];
  const differences: string[] = [];
  for (const pair of pairedLines(event, facts.mapped)) {
    const planned = planLine(pair, facts, use);
    if ('problem' in planned) return planned;
    // The platform's price is for a unit as the platform counts.
    const difference = comparePrice(pair.told, planned.rows, rules, order.currency);
    if (typeof difference === 'object') return { problem: difference };
    if (difference !== '') differences.push(difference);
    rows.push(...planned.rows);
  }
  const fees = planFees(event, order.currency, rules.fees, taxCodes);
  if ('problem' in fees) return fees;
  rows.push(...fees.rows);
  const unmapped = rows.filter((row) => !taxCodes.has(row.taxCode));
  if (unmapped.length > 0) return { problem: taxUnmapped(unmapped) };
  const net = sumMoney(
    rows.map((row) => row.net),
    order.currency,
  );
  const tax = sumMoney(
    rows.map((row) => row.tax),
    order.currency,
  );
  const gross = addMoney(net, tax);
  if (gross.minor < 0) {
    return {
      problem: {
        code: 'value-over-order',
        what: `fees exceed the goods by ${formatMoney(gross)}`,
        lines: [],
      },
    };
  }
  return { plan: { rows, net, tax, gross, differences } };
}

type LinePlan = { rows: PlannedRow[] } | { problem: Problem };

/** A line on the rows it was sold on: its own, or those of the components of a bundle. */
function planLine({ told, known }: PairedLine, facts: PlanFacts, use: Map<number, RowUse>): LinePlan {
  const { order, rules, mappings } = facts;
  const strange = unitUnmapped(known, mappings);
  if (strange) return { problem: strange };
  const { value } = known.quantity;
  if (!isWhole(value)) return { problem: notWhole(known, value) };
  const onOrder = bundleOnOrder(
    known.sku ?? '',
    mappings,
    (sku) => rowsOf(order.rows, soldAs(sku, rules)).length > 0,
  );
  if (onOrder === null) return { problem: notOnOrder(known, order.rows) };
  if ('partOf' in onOrder) return { problem: partOfBundle(known, onOrder.partOf) };
  const rows: PlannedRow[] = [];
  for (const { sku, each } of onOrder.wants) {
    const planned = planItem(known, sku, value * each, facts, use);
    if ('problem' in planned) return planned;
    rows.push(...planned.rows);
  }
  // A later event is compared with what the platform counts, whatever that comes to in rows.
  return { rows: rows.map((row, at) => ({ ...row, units: at === 0 ? told.quantity.value : 0 })) };
}

/** So many pieces of an item. */
function planItem(
  line: ReturnLine,
  item: string,
  wanted: number,
  facts: PlanFacts,
  use: Map<number, RowUse>,
): LinePlan {
  const { order, rules, products } = facts;
  if (!isWhole(wanted)) return { problem: notWhole(line, wanted) };
  const sku = item.toLowerCase();
  const sold = soldAs(item, rules);
  const candidates = rowsOf(order.rows, sold);
  const productId = sold === sku ? null : (products.get(sku) ?? null);
  if (sold !== sku && productId === null) {
    return { problem: lineProblem('sku-unknown', line, item, 'sku') };
  }
  const rows: PlannedRow[] = [];
  let open = wanted;
  // Several rows of one product are used up one after another, in the order of their ids.
  for (const row of candidates) {
    const quantity = Math.min(open, unitsLeft(use, order.rows, row));
    if (quantity === 0) continue;
    const worth = valueOf(row, order, use, quantity, rules.bundleParts);
    if (worth === null) {
      return { problem: lineProblem('bundle-part', line, `${quantity} × ${item}`, 'value') };
    }
    const over = overValue(line, row, order, use, worth);
    if (over) return { problem: over };
    takeUnits(use, order.rows, row, quantity);
    addCredited(rootUse(row, order, use), worth);
    open -= quantity;
    rows.push({
      line,
      rowId: row.rowId,
      productId: productId ?? row.productId,
      name: sold === sku ? row.name : (line.description ?? item),
      quantity,
      ...worth,
      taxCode: worth.taxCode,
      nominalCode: rules.nominalCode === '' ? row.nominalCode : rules.nominalCode,
    });
  }
  if (open > 0) return { problem: overOrder(line, { item, wanted, candidates, rows: order.rows, use }) };
  return { rows };
}

function isWhole(pieces: number): boolean {
  return Number.isSafeInteger(pieces) && pieces >= 1;
}

function notWhole(line: ReturnLine, pieces: number): Problem {
  return lineProblem('quantity-not-whole', line, `${pieces} × ${line.sku ?? '?'}`, 'quantity');
}

/** What an item was sold as, in lower case: itself, or the one that it was sent instead of. */
function soldAs(item: string, { substitutes }: CreditRules): string {
  const sku = item.toLowerCase();
  return substitutes.get(sku) ?? sku;
}

/** Rows that a SKU was sold on: rows of their own before parts of a bundle; never free text. */
function rowsOf(rows: readonly OrderRow[], sku: string): OrderRow[] {
  const fitting = rows.filter((row) => row.productId !== null && (row.sku ?? '').toLowerCase() === sku);
  const own = fitting.filter((row) => !row.bundleChild);
  return own.length > 0 ? own : fitting;
}

/**
 * Compares the platform's amount with the order's (R113). Empty where there is nothing to say, the difference in words
 * where the tolerance lets it pass, else a problem.
 */
function comparePrice(
  line: ReturnLine,
  rows: readonly PlannedRow[],
  { toleranceMinor, prices }: Pick<CreditRules, 'toleranceMinor' | 'prices'>,
  currency: string,
): string | Problem {
  const taxMinor = rows.reduce((sum, row) => sum + row.tax.minor, 0);
  const totalMinor = rows.reduce((sum, row) => sum + row.net.minor, taxMinor);
  const difference = compareValue(line, { currency, totalMinor, taxMinor }, toleranceMinor, prices);
  if (difference === null) return '';
  const { expected, received, within } = difference;
  if (within) return `${line.sku ?? line.id}: order ${expected}, platform ${received}`;
  return {
    code: 'price-mismatch',
    what: `${line.sku ?? '?'}: order ${expected}, platform ${received}`,
    lines: [{ lineId: line.id, sku: line.sku, field: 'price', expected, received }],
  };
}
