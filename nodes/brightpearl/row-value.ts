import type { ReturnLine } from '../returns/event';
import { formatMoney, money, type Money } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import { valuePlace, type ValueLine } from '../returns/value-place';
import { roundFine, shareOfFine } from './amount';
import type { CreditRules } from './plan-credit';
import type { OrderRow, OriginalOrder } from './records';
import type { RowUse } from './row-use';

/** What a number of units of a row is worth; null where the order does not tell. */
export function valueOf(
  row: OrderRow,
  order: OriginalOrder,
  used: number,
  quantity: number,
  bundleParts: CreditRules['bundleParts'],
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
export function rootUse(row: OrderRow, order: OriginalOrder, use: Map<number, RowUse>): RowUse {
  const carries = row.net !== 0 || row.tax !== 0 || row.parentRowId === null;
  const root = carries ? row : (order.rows.find(({ rowId }) => rowId === row.parentRowId) ?? row);
  const entry = use.get(root.rowId);
  if (!entry) throw new Error('Every row of an order has its use');
  return entry;
}

/** Units whose worth, with what was credited before, comes to more than was sold; null where there is room. */
export function overValue(
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
