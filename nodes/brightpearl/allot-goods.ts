import { bundleOnOrder, type Want } from '../returns/bundle-on-order';
import type { ReturnLine } from '../returns/event';
import type { Arrival, GoodsFacts, Move, Receipt } from './plan-goods-in';
import type { Credit, CreditRow, OriginalOrder } from './records';

/** An arrival that the credit has no room for. */
export interface Short {
  arrival: Arrival;
  /** How many of it the credit still has room for; null where it has no row for it. */
  free: number | null;
}

/** Takes the open units of the rows for the arrivals, row by row. `open` is used up. */
export function allot(
  arrivals: readonly Arrival[],
  facts: GoodsFacts,
  open: Map<number, number>,
): { receipts: Receipt[]; short: Short[] } {
  const receipts: Receipt[] = [];
  const short: Short[] = [];
  for (const arrival of arrivals) {
    const goods = goodsOf(arrival, facts);
    let taken = 0;
    for (;;) {
      const step = goods && nextStep(goods, arrival.units - taken, open);
      if (!step) break;
      const { line, lineId, place, row } = arrival;
      const unitIds = arrival.unitIds.slice(taken, taken + step.units);
      receipts.push({ line, lineId, place, row, units: step.units, unitIds, moves: step.moves });
      taken += step.units;
    }
    if (taken < arrival.units) short.push({ arrival, free: goods === null ? null : taken });
  }
  return { receipts, short };
}

/** Rows of the credit that an item may be on: rows of its own before the components of a bundle. */
export function rowsOfItem(item: string, credit: Credit, original: OriginalOrder | null): CreditRow[] {
  const sku = item.toLowerCase();
  const goods = credit.rows.filter(({ productId }) => productId !== null);
  const fitting = goods.filter((row) => (row.sku ?? '').toLowerCase() === sku);
  const own = fitting.filter((row) => !row.bundleChild);
  if (own.length > 0) return own;
  // A product that was given another SKU since it was sold is known by the row that it was sold on.
  const sold = (original?.rows ?? []).filter((row) => (row.sku ?? '').toLowerCase() === sku);
  const ids = new Set(sold.map(({ rowId }) => String(rowId)));
  const linked = goods.filter((row) => !row.bundleChild && ids.has(row.externalRef));
  return linked.length > 0 ? linked : fitting;
}

/** What a line stands on a credit as, for one of its pieces; null where it is not there. */
export function wantsOf(
  known: ReturnLine,
  { credit, original, mappings }: Pick<GoodsFacts, 'credit' | 'original' | 'mappings'>,
): Want[] | null {
  const has = (sku: string): boolean => rowsOfItem(sku, credit, original).length > 0;
  const found = bundleOnOrder(known.sku ?? '', mappings, has);
  return found && 'wants' in found ? found.wants : null;
}

/** An item of which so many pieces make one unit of the line, with the rows that they are received on. */
interface Goods {
  each: number;
  rows: { parts: Part[] }[];
}

interface Part {
  rowId: number;
  productId: number;
  /** How many of it are in one piece of the row. */
  each: number;
  /** Whether it is counted in stock, and so received. */
  counted: boolean;
}

function goodsOf({ line, known }: Arrival, facts: GoodsFacts): Goods[] | null {
  const wants = wantsOf(known, facts);
  return (
    wants &&
    wants.map(({ sku, each }) => ({
      each: millionths((each * known.quantity.value) / line.quantity.value),
      rows: rowsOfItem(sku, facts.credit, facts.original).map((row) => ({ parts: partsOf(row, facts) })),
    }))
  );
}

/** What comes in for one piece of a row: its product, or the components of a bundle (help 211131066). */
function partsOf(row: CreditRow, { credit, tracked }: GoodsFacts): Part[] {
  const part = ({ rowId, productId }: CreditRow, each: number): Part => ({
    rowId,
    productId: productId ?? 0,
    each,
    counted: productId !== null && tracked.has(productId),
  });
  if (!row.bundleParent) return [part(row, 1)];
  const components = credit.rows
    .filter(({ parentRowId }) => parentRowId === row.rowId)
    .map((component) => part(component, component.quantity / row.quantity))
    .filter(({ counted, each }) => counted && Number.isInteger(each) && each > 0);
  return components.length > 0 ? components : [{ ...part(row, 1), counted: false }];
}

interface Step {
  units: number;
  moves: Move[];
}

/**
 * The next units that fit: as many as stand on one row of each item; else one unit whose pieces stand on several rows.
 * Part of a unit, such as half a case, comes in as one. Null where there is no room for more.
 */
function nextStep(goods: readonly Goods[], wanted: number, open: Map<number, number>): Step | null {
  if (wanted <= 0) return null;
  const onOneRow = goods.map(({ each, rows }) => {
    const row = rows.find(({ parts }) => roomFor(parts, open) >= each);
    return { each, parts: row?.parts ?? [], units: row ? Math.floor(roomFor(row.parts, open) / each) : 0 };
  });
  const units = Math.floor(Math.min(wanted, ...onOneRow.map((row) => row.units)));
  if (units >= 1 && onOneRow.every(({ each }) => Number.isInteger(each))) {
    return { units, moves: onOneRow.flatMap(({ each, parts }) => take(parts, units * each, open)) };
  }
  const single = wanted >= 1 && goods.every(({ each }) => Number.isInteger(each));
  return acrossRows(goods, single ? 1 : wanted, open);
}

function acrossRows(goods: readonly Goods[], units: number, open: Map<number, number>): Step | null {
  const wanted = goods.map(({ each, rows }) => ({ pieces: millionths(each * units), rows }));
  const fits = wanted.every(({ pieces, rows }) => {
    const room = rows.reduce((sum, { parts }) => sum + roomFor(parts, open), 0);
    return Number.isInteger(pieces) && room >= pieces;
  });
  if (!fits) return null;
  const moves = wanted.flatMap(({ pieces, rows }) => {
    let left = pieces;
    return rows.flatMap(({ parts }) => {
      const taken = Math.min(left, roomFor(parts, open));
      left -= taken;
      return taken > 0 ? take(parts, taken, open) : [];
    });
  });
  return { units, moves };
}

/** What is computed from quantities is rounded to what a quantity can be. */
function millionths(value: number): number {
  return Math.round(value * 1_000_000) / 1_000_000;
}

/** Pieces of a row that are still to be received. */
function roomFor(parts: readonly Part[], open: ReadonlyMap<number, number>): number {
  return Math.max(0, Math.min(...parts.map(({ rowId, each }) => Math.floor((open.get(rowId) ?? 0) / each))));
}

function take(parts: readonly Part[], pieces: number, open: Map<number, number>): Move[] {
  for (const { rowId, each } of parts) open.set(rowId, (open.get(rowId) ?? 0) - pieces * each);
  return parts.flatMap(({ rowId, productId, each, counted }) =>
    counted ? [{ rowId, productId, quantity: pieces * each }] : [],
  );
}
