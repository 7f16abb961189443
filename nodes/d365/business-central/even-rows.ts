import { money, shareOf } from '../../returns/money';
import type { DraftRow } from './draft-rows';

/**
 * The plan with lines of which every piece comes to the same amount: lines of return orders have a price and no discount that
 * is known (`reference/dynamics365.md` B5), so the pennies that do not divide are on a line of their own.
 */
export function evenRows(rows: readonly DraftRow[], currency: string): DraftRow[] {
  const counts = new Map<string, number>();
  return rows
    .flatMap((row) => split(row, currency))
    .map((row) => {
      if (row.fee) return row;
      const stem = row.external.replace(/\/\d+$/, '');
      const count = (counts.get(stem) ?? 0) + 1;
      counts.set(stem, count);
      return { ...row, external: count === 1 ? stem : `${stem}/${count}` };
    });
}

function split(row: DraftRow, currency: string): DraftRow[] {
  const { quantity, base } = row;
  const each = Math.floor(base / quantity);
  const more = base - each * quantity;
  if (row.fee || more === 0) return [row];
  const share = (minor: number, from: number, to: number): number =>
    shareOf(money(minor, currency), from, to, quantity).minor;
  const part = (from: number, to: number, piece: number): DraftRow => ({
    ...row,
    // The first of them stands for all units, as one of several lines of a sale does.
    units: from === 0 ? row.units : 0,
    quantity: to - from,
    base: piece * (to - from),
    gross: share(row.gross, from, to),
    tax: share(row.tax, from, to),
  });
  return [part(0, quantity - more, each), part(quantity - more, quantity, each + 1)];
}
