import { compareValue } from '../returns/compare-value';
import type { ReturnEvent, ReturnLine } from '../returns/event';
import { addMoney, formatMoney, money, sumMoney, type Money } from '../returns/money';
import { itemLines, type Problem } from '../returns/posting-checks';
import { valuePlace, type ValueLine } from '../returns/value-place';
import { roundFine, shareOfFine } from './amount';
import type { TaxCode } from './directory';
import { planFees, type FeeRow } from './plan-fees';
import type { Credit, OrderRow, OriginalOrder } from './records';
import { usedByEarlier, type RowUse } from './row-use';

export interface CreditRules {
  /** SKU that comes back → SKU that was sold, both in lower case, for items that were sent instead of others (R49). */
  substitutes: ReadonlyMap<string, string>;
  /** What a part of a bundle is worth where the order gives it no value: a person decides, or an even share (R52). */
  bundleParts: 'park' | 'even';
  /** By how much the platform's amount of a line may differ from the order's, in the smallest unit (R113). */
  toleranceMinor: number;
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
  for (const line of itemLines(event)) {
    const planned = planLine(line, facts, use);
    if ('problem' in planned) return planned;
    const difference = comparePrice(line, planned.rows, rules.toleranceMinor, order.currency);
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

function planLine(line: ReturnLine, facts: PlanFacts, use: Map<number, RowUse>): LinePlan {
  const { order, rules, products } = facts;
  const wanted = line.quantity.value;
  if (!Number.isSafeInteger(wanted) || wanted < 1) {
    return { problem: lineProblem('quantity-not-whole', line, `${wanted} × ${line.sku ?? '?'}`, 'quantity') };
  }
  const sku = (line.sku ?? '').toLowerCase();
  const sold = rules.substitutes.get(sku) ?? sku;
  const candidates = rowsOf(order.rows, sold);
  if (candidates.length === 0) return { problem: notOnOrder(line, order.rows) };
  const productId = sold === sku ? null : (products.get(sku) ?? null);
  if (sold !== sku && productId === null) {
    return { problem: lineProblem('sku-unknown', line, line.sku ?? '?', 'sku') };
  }
  const rows: PlannedRow[] = [];
  let open = wanted;
  // Several rows of one product are used up one after another, in the order of their ids.
  for (const row of candidates) {
    const entry = use.get(row.rowId);
    if (!entry || open === 0) continue;
    const quantity = Math.min(open, entry.left);
    if (quantity === 0) continue;
    const worth = valueOf(row, order, entry.used, quantity, rules.bundleParts);
    if (worth === null) {
      return { problem: lineProblem('bundle-part', line, `${quantity} × ${line.sku ?? '?'}`, 'value') };
    }
    const over = overValue(line, row, order, use, worth);
    if (over) return { problem: over };
    take(entry, quantity);
    rootUse(row, order, use).value += worth.net.minor + worth.tax.minor;
    open -= quantity;
    rows.push({
      line,
      rowId: row.rowId,
      productId: productId ?? row.productId,
      name: sold === sku ? row.name : (line.description ?? line.sku ?? row.name),
      quantity,
      ...worth,
      taxCode: worth.taxCode,
      nominalCode: rules.nominalCode === '' ? row.nominalCode : rules.nominalCode,
    });
  }
  if (open > 0) return { problem: overOrder(line, candidates, use) };
  return { rows };
}

function take(entry: RowUse, quantity: number): void {
  entry.used += quantity;
  entry.left -= quantity;
}

/** Rows that a SKU was sold on: rows of their own before parts of a bundle; never free text. */
function rowsOf(rows: readonly OrderRow[], sku: string): OrderRow[] {
  const fitting = rows.filter((row) => row.productId !== null && (row.sku ?? '').toLowerCase() === sku);
  const own = fitting.filter((row) => !row.bundleChild);
  return own.length > 0 ? own : fitting;
}

/** What a number of units of a row is worth; null where the order does not tell. */
function valueOf(
  row: OrderRow,
  order: OriginalOrder,
  used: number,
  quantity: number,
  bundleParts: 'park' | 'even',
): { net: Money; tax: Money; taxCode: string } | null {
  const { from, at, of, ofBundle } = valuePlace(valueLine(row), order.rows.map(valueLine), used);
  if (ofBundle && bundleParts === 'park') return null;
  return {
    net: shareOfFine(from.net, at, at + quantity, of, order.currency),
    tax: shareOfFine(from.tax, at, at + quantity, of, order.currency),
    taxCode: from.taxCode,
  };
}

/** A row as {@link valuePlace} takes it. */
function valueLine(row: OrderRow): ValueLine & Pick<OrderRow, 'taxCode'> {
  return {
    id: String(row.rowId),
    parentId: row.bundleChild && row.parentRowId !== null ? String(row.parentRowId) : null,
    quantity: row.quantity ?? 0,
    net: row.net,
    tax: row.tax,
    taxCode: row.taxCode,
  };
}

/** The use of the row that carries the value: a bundle's own row for its parts. */
function rootUse(row: OrderRow, order: OriginalOrder, use: Map<number, RowUse>): RowUse {
  const carries = row.net !== 0 || row.tax !== 0 || row.parentRowId === null;
  const root = carries ? row : (order.rows.find(({ rowId }) => rowId === row.parentRowId) ?? row);
  const entry = use.get(root.rowId);
  if (!entry) throw new Error('Every row of an order has its use');
  return entry;
}

function overValue(
  line: ReturnLine,
  row: OrderRow,
  order: OriginalOrder,
  use: Map<number, RowUse>,
  worth: { net: Money; tax: Money },
): Problem | null {
  const entry = rootUse(row, order, use);
  const whole =
    roundFine(entry.row.net, order.currency).minor + roundFine(entry.row.tax, order.currency).minor;
  const ours = worth.net.minor + worth.tax.minor;
  if (whole < 0 || entry.value + ours <= whole) return null;
  const shown = (minor: number): string => formatMoney(money(minor, order.currency));
  return {
    code: 'value-over-order',
    what: `${line.sku ?? '?'}: ${shown(whole)} sold, ${shown(entry.value)} credited before, ${shown(ours)} now`,
    lines: [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'value',
        expected: `at most ${shown(whole - entry.value)}`,
        received: shown(ours),
      },
    ],
  };
}

/**
 * Compares the platform's amount with the order's (R113). Empty where there is nothing to say, the difference in words
 * where the tolerance lets it pass, else a problem.
 */
function comparePrice(
  line: ReturnLine,
  rows: readonly PlannedRow[],
  toleranceMinor: number,
  currency: string,
): string | Problem {
  const taxMinor = rows.reduce((sum, row) => sum + row.tax.minor, 0);
  const totalMinor = rows.reduce((sum, row) => sum + row.net.minor, taxMinor);
  const difference = compareValue(line, { currency, totalMinor, taxMinor }, toleranceMinor);
  if (difference === null) return '';
  const { expected, received, within } = difference;
  if (within) return `${line.sku ?? line.id}: order ${expected}, platform ${received}`;
  return {
    code: 'price-mismatch',
    what: `${line.sku ?? '?'}: order ${expected}, platform ${received}`,
    lines: [{ lineId: line.id, sku: line.sku, field: 'price', expected, received }],
  };
}

function notOnOrder(line: ReturnLine, rows: readonly OrderRow[]): Problem {
  const sold = rows
    .filter((row) => row.productId !== null && !row.bundleChild)
    .map((row) => `${row.quantity ?? '?'} × ${row.sku ?? row.name}`)
    .join(', ');
  return {
    code: 'line-not-on-order',
    what: `${line.quantity.value} × ${line.sku ?? '?'}`,
    lines: [{ lineId: line.id, sku: line.sku, field: 'sku', expected: sold, received: line.sku }],
  };
}

function overOrder(line: ReturnLine, candidates: readonly OrderRow[], use: Map<number, RowUse>): Problem {
  const sum = (of: (entry: RowUse) => number): number =>
    candidates.reduce(
      (total, row) => total + of(use.get(row.rowId) ?? { used: 0, left: 0, value: 0, row }),
      0,
    );
  const sold = sum(({ row }) => row.quantity ?? 0);
  const left = sum((entry) => entry.left);
  return {
    code: 'quantity-over-order',
    what: `${line.sku ?? '?'}: ${sold} sold, ${sold - left} returned before, ${line.quantity.value} now`,
    lines: [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'quantity',
        expected: `at most ${left}`,
        received: String(line.quantity.value),
      },
    ],
  };
}

function taxUnmapped(rows: readonly PlannedRow[]): Problem {
  return {
    code: 'tax-unmapped',
    what: [...new Set(rows.map((row) => row.taxCode || 'no tax code'))].join(', '),
    lines: rows.map((row) => ({
      lineId: row.line.id,
      sku: row.line.sku,
      field: 'tax code',
      expected: 'a tax code of the account',
      received: row.taxCode,
    })),
  };
}

function lineProblem(code: Problem['code'], line: ReturnLine, what: string, field: string): Problem {
  return {
    code,
    what,
    lines: [{ lineId: line.id, sku: line.sku, field, received: String(line.quantity.value) }],
  };
}
