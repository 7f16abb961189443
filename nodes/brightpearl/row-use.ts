import type { Credit, CreditRow, OrderRow } from './records';

/** How much of a row of the original order has come back so far. */
export interface RowUse {
  row: OrderRow;
  used: number;
  left: number;
  /** Credited so far, in the currency's smallest unit, by so many rows of credits. */
  net: number;
  tax: number;
  shares: number;
}

/**
 * Counts earlier credits against the rows they came from: by the row's id where the credit carries it, as ours do,
 * else by product, one row after another. A bundle that came back takes its parts with it.
 */
export function usedByEarlier(rows: readonly OrderRow[], earlier: readonly Credit[]): Map<number, RowUse> {
  const use = new Map(
    rows.map((row) => [row.rowId, { row, used: 0, left: row.quantity ?? 0, net: 0, tax: 0, shares: 0 }]),
  );
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
  if (entry) addCredited(entry, returned);
}

/** Notes what a row of a credit gives. */
export function addCredited(entry: RowUse, { net, tax }: Pick<CreditRow, 'net' | 'tax'>): void {
  entry.net += net.minor;
  entry.tax += tax.minor;
  entry.shares += 1;
}

/** How many units of a row can still come back: of a bundle no more than there are whole ones. */
export function unitsLeft(
  use: ReadonlyMap<number, RowUse>,
  rows: readonly OrderRow[],
  row: OrderRow,
): number {
  const own = use.get(row.rowId)?.left ?? 0;
  const whole = rows
    .filter(({ parentRowId, quantity }) => parentRowId === row.rowId && (quantity ?? 0) > 0)
    .map((part) => {
      const each = (part.quantity ?? 0) / Math.max(1, row.quantity ?? 1);
      return Math.floor((use.get(part.rowId)?.left ?? 0) / each);
    });
  return Math.max(0, Math.min(own, ...whole));
}

/** Takes units of a row, and with a bundle its parts; gives how many there were. */
export function takeUnits(
  use: ReadonlyMap<number, RowUse>,
  rows: readonly OrderRow[],
  row: OrderRow,
  most: number,
): number {
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
    [...use.values()].filter(({ used, net, tax }) => used > 0 || net + tax > 0).map(({ row }) => row.rowId),
  );
}
