import type { ReturnLine } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import type { Draw } from './draw';
import { lineOf } from './return-event';
import { partsOfBundle, type SoldOrder, type SoldRow } from './sold-order';
import type { Story } from './story';

/** Pieces of one row that come back together. */
interface Chunk {
  row: SoldRow;
  units: number;
}

/** Shares the pieces of an order out over returns, in random order and parts; often not all of it comes back. */
export function drawReturns(sold: SoldOrder, draw: Draw, story: Story): ReturnLine[][] {
  const chunks = draw.shuffled(
    sold.rows.filter(({ parentId }) => parentId === null).flatMap((row) => chunksOf(row, sold, draw, story)),
  );
  const back = draw.chance(0.3) ? chunks.slice(0, draw.int(1, chunks.length)) : chunks;
  const returns: Chunk[][] = Array.from({ length: draw.int(1, Math.min(5, back.length)) }, () => []);
  for (const chunk of back) draw.pick(returns).push(chunk);
  const filled = returns.filter((one) => one.length > 0);
  if (filled.length > 1) story.has('parts');
  return filled.map((one) => linesOf(one, draw));
}

function chunksOf(row: SoldRow, sold: SoldOrder, draw: Draw, story: Story): Chunk[] {
  const cut = (of: SoldRow, units: number): Chunk[] =>
    draw.cut(units).map((piece) => ({ row: of, units: piece }));
  if (!row.bundle) return cut(row, row.quantity);
  const mixed = story.may('bundle-mixed');
  const whole = draw.chance(0.4) ? row.quantity : mixed ? draw.int(0, row.quantity) : 0;
  if (whole > 0 && whole < row.quantity) story.has('bundle-mixed');
  const parts = partsOfBundle(sold, row).flatMap((part) =>
    cut(part, (part.quantity / row.quantity) * (row.quantity - whole)),
  );
  return [...cut(row, whole), ...parts];
}

/** Pieces of one item are one line, or several where their reasons differ. */
function linesOf(chunks: readonly Chunk[], draw: Draw): ReturnLine[] {
  const apart = draw.chance(0.4);
  const lines: ReturnLine[] = [];
  for (const { row, units } of chunks) {
    const same = lines.find(({ sku }) => !apart && sku === row.sku);
    if (same) same.quantity = quantity(same.quantity.value + units);
    else {
      const id = `L${lines.length + 1}`;
      const base = { id, orderLineId: `O-${id}`, sku: row.sku, outcome: 'original-payment' };
      lines.push(lineOf({ ...base, quantity: quantity(units) }));
    }
  }
  return lines;
}

/** Fees that the platform keeps; `most` in smallest units. */
export function drawFees(currency: string, most: number, draw: Draw): ReturnLine[] {
  const count = draw.int(1, 2);
  return Array.from({ length: count }, (_, at) => {
    const units = draw.chance(0.8) ? 1 : draw.int(2, 3);
    const price = money(draw.int(0, Math.max(0, Math.floor(most / (count * units)))), currency);
    const sku = draw.pick(['RETURN-FEE', 'LABEL-FEE']);
    return lineOf({ id: `F${at + 1}`, kind: 'fee', sku, quantity: quantity(units), price });
  });
}
