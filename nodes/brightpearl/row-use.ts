import type { Credit, CreditRow, OrderRow } from './records';

/** How much of a row of the original order has come back so far. */
export interface RowUse {
  row: OrderRow;
  used: number;
  left: number;
  /** Credited so far, net and tax together, in the currency's smallest unit. */
  value: number;
}

/**
 * Counts earlier credits against the rows they came from: by the row's id where the credit carries it, as ours do,
 * else by product, one row after another. A bundle that came back takes its parts with it.
 */
export function usedByEarlier(rows: readonly OrderRow[], earlier: readonly Credit[]): Map<number, RowUse> {
  const use = new Map(rows.map((row) => [row.rowId, { row, used: 0, left: row.quantity ?? 0, value: 0 }]));
  for (const credit of earlier) {
    for (const returned of credit.rows) if (!returned.bundleChild) count(use, rows, returned);
  }
  return use;
}

function count(use: Map<number, RowUse>, rows: readonly OrderRow[], returned: CreditRow): void {
  const named = use.get(Number(returned.externalRef));
  const same = rows.filter((row) => row.productId !== null && row.productId === returned.productId);
  const own = same.filter((row) => !row.bundleChild);
  const targets = named ? [named.row] : own.length > 0 ? own : same;
  const [first] = targets;
  if (!first) return;
  let open = returned.quantity;
  for (const row of targets) open -= takeUnits(use, rows, row, open);
  const entry = use.get(valueRow(rows, first).rowId);
  if (entry) entry.value += returned.net.minor + returned.tax.minor;
}

function takeUnits(use: Map<number, RowUse>, rows: readonly OrderRow[], row: OrderRow, most: number): number {
  const entry = use.get(row.rowId);
  if (!entry) return 0;
  const taken = Math.max(0, Math.min(most, entry.left));
  entry.used += taken;
  entry.left -= taken;
  for (const part of rows.filter(({ parentRowId }) => parentRowId === row.rowId)) {
    const each = (part.quantity ?? 0) / Math.max(1, row.quantity ?? 1);
    takeUnits(use, rows, part, taken * each);
  }
  return taken;
}

/** The row that carries the value: a bundle's own row, where its parts carry none. */
function valueRow(rows: readonly OrderRow[], row: OrderRow): OrderRow {
  if (row.parentRowId === null || row.net !== 0 || row.tax !== 0) return row;
  return rows.find(({ rowId }) => rowId === row.parentRowId) ?? row;
}

/** The rows of the original order that a credit takes from. */
export function rowsTakenBy(credit: Credit, rows: readonly OrderRow[]): Set<number> {
  const use = usedByEarlier(rows, [credit]);
  return new Set(
    [...use.values()].filter(({ used, value }) => used > 0 || value > 0).map(({ row }) => row.rowId),
  );
}
