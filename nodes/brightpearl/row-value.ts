import type { ReturnLine } from '../returns/event';
import { formatMoney, money, subtractMoney, type Money } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import { valuePlace, type ValueLine } from '../returns/value-place';
import { roundFine, shareOfFine } from './amount';
import type { CreditRules } from './plan-credit';
import type { OrderRow, OriginalOrder } from './records';
import type { RowUse } from './row-use';

/**
 * What a number of units of a row is worth; null where the order does not tell.
 *
 * @param use how much of each row of the order came back before, by the row's id
 */
export function valueOf(
  row: OrderRow,
  order: OriginalOrder,
  use: Map<number, RowUse>,
  quantity: number,
  bundleParts: CreditRules['bundleParts'],
): { net: Money; tax: Money; taxCode: string } | null {
  const lines = order.rows.map(valueLine);
  const own = lines.find(({ id }) => id === String(row.rowId)) ?? valueLine(row);
  const { from, at, of, each, ofBundle, inItsParts } = valuePlace(
    own,
    lines,
    ({ id }) => use.get(Number(id))?.used ?? 0,
  );
  if (inItsParts || (ofBundle && bundleParts === 'park')) return null;
  const root = rootUse(row, order, use);
  const share = (fine: number, credited: number): Money => {
    const upTo = (pieces: number): number => shareOfFine(fine, 0, pieces, of, order.currency).minor;
    // Credits that others rounded, or that were cancelled, leave a penny over or short: this share takes it.
    const before = Math.abs(credited - upTo(at)) <= root.shares ? credited : upTo(at);
    const minor = upTo(at + quantity * each) - before;
    return money(fine >= 0 ? Math.max(0, minor) : minor, order.currency);
  };
  // What was paid is net and tax together: each rounded by itself, they could come to a penny more.
  const gross = share(from.net + from.tax, root.net + root.tax);
  const tax = share(from.tax, root.tax);
  return { net: subtractMoney(gross, tax), tax, taxCode: from.taxCode };
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
  const whole = roundFine(entry.row.net + entry.row.tax, order.currency).minor;
  const ours = worth.net.minor + worth.tax.minor;
  const credited = entry.net + entry.tax;
  if (whole < 0 || credited + ours <= whole) return null;
  const shown = (minor: number): string => formatMoney(money(minor, order.currency));
  return {
    code: 'value-over-order',
    what: `${line.sku ?? '?'}: ${shown(whole)} sold, ${shown(credited)} credited before, ${shown(ours)} now`,
    lines: [
      {
        lineId: line.id,
        sku: line.sku,
        field: 'value',
        expected: `at most ${shown(whole - credited)}`,
        received: shown(ours),
      },
    ],
  };
}
