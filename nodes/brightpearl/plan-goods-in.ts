import type { ReturnLine } from '../returns/event';
import type { Problem } from '../returns/posting-checks';
import { receivedOnRows, type GoodsNote } from './goods-note';
import type { Place } from './put-away';
import type { Credit, CreditRow, OriginalOrder } from './records';
import type { LineUnits } from './unit-count';

/** Units of a line that have arrived and are not booked in yet. */
export interface Arrival extends LineUnits {
  line: ReturnLine;
  place: Place;
}

/** What a goods-in note moves for one row of the credit. */
export interface Move {
  rowId: number;
  productId: number;
  quantity: number;
}

/** Units of one line that are received on one row of the credit: on its components where it is a bundle. */
export interface Receipt extends LineUnits {
  line: ReturnLine;
  place: Place;
  moves: Move[];
}

export interface GoodsFacts {
  credit: Credit;
  /** Tells which row of it a line was sold on; null where it could not be read. */
  original: OriginalOrder | null;
  /** Products that are counted in stock. */
  tracked: ReadonlySet<number>;
}

/**
 * Finds the rows of the credit that goods are received on: by their ids, never by their place. Rows that are not
 * counted in stock, and a bundle's own row, receive nothing. No more is received than a row has left; where more has
 * arrived, nothing is booked at all.
 *
 * @param notes notes that stand on the credit already, whoever made them
 */
export function planGoodsIn(
  arrivals: readonly Arrival[],
  facts: GoodsFacts,
  notes: readonly GoodsNote[],
): { receipts: Receipt[] } | { problem: Problem } {
  const received = receivedOnRows(notes);
  const open = new Map(
    facts.credit.rows.map((row) => [row.rowId, row.quantity - (received.get(row.rowId) ?? 0)]),
  );
  const { receipts, short } = allot(arrivals, facts, open);
  return short.length === 0 ? { receipts } : { problem: notOnCredit(short, facts.credit) };
}

/**
 * The arrivals that a note has booked, as far as they are in it, and the locations that it put them into: for a note
 * that is there without our knowing how it was meant.
 */
export function receiptsOf(
  notes: readonly GoodsNote[],
  arrivals: readonly Arrival[],
  facts: GoodsFacts,
  quarantine: number | null,
): { receipts: Receipt[]; locations: Record<Place, number> } {
  const moved = notes.flatMap((note) => note.moved);
  const sellable = moved.find(({ locationId }) => locationId !== quarantine)?.locationId ?? 0;
  const receipts = allot(arrivals, facts, receivedOnRows(notes))
    .receipts.filter(({ moves }) => moves.length > 0)
    .map((receipt): Receipt => {
      const line = moved.find(({ rowId }) => rowId === receipt.moves[0]?.rowId);
      return { ...receipt, place: line?.locationId === quarantine ? 'quarantine' : 'sellable' };
    });
  return { receipts, locations: { quarantine: quarantine ?? 0, sellable } };
}

/**
 * As much as goes into one note. The same product on two rows, or into two places, would make two notes of which only
 * the first is told (goods-in-note POST), so it waits for a note of its own. Lines of one row stand on one line.
 */
export function firstNote(receipts: readonly Receipt[]): Receipt[] {
  const products = new Map<number, string>();
  const taken = receipts.filter(({ moves, place }) => {
    const target = ({ rowId }: Move): string => `${rowId} ${place}`;
    if (moves.some((move) => (products.get(move.productId) ?? target(move)) !== target(move))) return false;
    for (const move of moves) products.set(move.productId, target(move));
    return true;
  });
  return taken.some(({ moves }) => moves.length > 0) ? taken : [];
}

/** Rows of the credit that a line may be on: rows of its own before the components of a bundle. */
export function rowsOfLine(line: ReturnLine, credit: Credit, original: OriginalOrder | null): CreditRow[] {
  const sku = (line.sku ?? '').toLowerCase();
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

interface Short {
  arrival: Arrival;
  /** How many of it the credit still has room for; null where it has no row for it. */
  free: number | null;
}

/** Takes the open units of the rows for the arrivals, row by row. `open` is used up. */
function allot(
  arrivals: readonly Arrival[],
  facts: GoodsFacts,
  open: Map<number, number>,
): { receipts: Receipt[]; short: Short[] } {
  const receipts: Receipt[] = [];
  const short: Short[] = [];
  for (const arrival of arrivals) {
    let taken = 0;
    const rows = rowsOfLine(arrival.line, facts.credit, facts.original);
    for (const row of rows) {
      const parts = partsOf(row, facts);
      const free = Math.min(...parts.map(({ rowId, each }) => Math.floor((open.get(rowId) ?? 0) / each)));
      const units = Math.min(arrival.units - taken, Math.max(0, free));
      if (units === 0) continue;
      for (const { rowId, each } of parts) open.set(rowId, (open.get(rowId) ?? 0) - units * each);
      receipts.push({
        line: arrival.line,
        lineId: arrival.lineId,
        place: arrival.place,
        units,
        unitIds: arrival.unitIds.slice(taken, taken + units),
        moves: parts.flatMap(({ rowId, productId, each, counted }) =>
          counted ? [{ rowId, productId, quantity: units * each }] : [],
        ),
      });
      taken += units;
    }
    if (taken < arrival.units) short.push({ arrival, free: rows.length === 0 ? null : taken });
  }
  return { receipts, short };
}

interface Part {
  rowId: number;
  productId: number;
  /** How many of it are in one unit of the line. */
  each: number;
  /** Whether it is counted in stock, and so received. */
  counted: boolean;
}

/** What comes in for one unit of a row: its product, or the components of a bundle (help 211131066). */
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

function notOnCredit(short: readonly Short[], credit: Credit): Problem {
  const held = credit.rows
    .filter((row) => row.productId !== null && !row.bundleChild)
    .map((row) => `${row.quantity} × ${row.sku ?? '?'}`)
    .join(', ');
  const named = `sales credit ${credit.id}`;
  return {
    code: 'goods-not-on-credit',
    what: short
      .map(({ arrival, free }) => {
        const sku = arrival.line.sku ?? '?';
        if (free === null) return `${sku} is not on ${named}`;
        return `${sku}: ${free} still open on ${named}, ${arrival.units} arrived`;
      })
      .join('; '),
    lines: short.map(({ arrival, free }) => ({
      lineId: arrival.lineId,
      sku: arrival.line.sku,
      field: free === null ? 'sku' : 'quantity',
      expected: free === null ? held : `at most ${free}`,
      received: free === null ? `${arrival.units} × ${arrival.line.sku ?? '?'}` : String(arrival.units),
    })),
  };
}
