import type { ReturnLine } from '../returns/event';
import type { Problem } from '../returns/posting-checks';
import type { PlannedRow } from './plan-credit';
import type { OrderRow } from './records';
import { unitsLeft, type RowUse } from './row-use';

/** The item is not on the order. */
export function notOnOrder(line: ReturnLine, rows: readonly OrderRow[]): Problem {
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

/** More pieces of an item come back than the order has left. */
export function overOrder(
  line: ReturnLine,
  {
    item,
    wanted,
    candidates,
    rows,
    use,
  }: {
    item: string;
    wanted: number;
    candidates: readonly OrderRow[];
    rows: readonly OrderRow[];
    use: ReadonlyMap<number, RowUse>;
  },
): Problem {
  const sold = candidates.reduce((total, { quantity }) => total + (quantity ?? 0), 0);
  const left = candidates.reduce((total, row) => total + unitsLeft(use, rows, row), 0);
  return {
    code: 'quantity-over-order',
    what: `${item}: ${sold} sold, ${sold - left} returned before, ${wanted} now`,
    lines: [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'quantity',
        expected: `at most ${left}`,
        received: String(wanted),
      },
    ],
  };
}

export function taxUnmapped(rows: readonly PlannedRow[]): Problem {
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

export function lineProblem(code: Problem['code'], line: ReturnLine, what: string, field: string): Problem {
  return {
    code,
    what,
    lines: [{ lineId: line.id, sku: line.sku, field, received: String(line.quantity.value) }],
  };
}
