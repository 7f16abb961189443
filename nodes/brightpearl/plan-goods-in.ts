import type { ReturnLine } from '../returns/event';
import type { Mappings } from '../returns/mappings';
import type { Problem } from '../returns/posting-checks';
import { allot, type Short } from './allot-goods';
import { receivedOnRows, type GoodsNote } from './goods-note';
import type { Place, PutAway } from './put-away';
import type { Credit, OriginalOrder } from './records';
import type { LineUnits } from '../returns/unit-count';

/** Units of a line that have arrived and are not booked in yet, as the platform counts them. */
export interface Arrival extends LineUnits, PutAway {
  line: ReturnLine;
  /** The line in Brightpearl's names and pieces. */
  known: ReturnLine;
}

/** What a goods-in note moves for one row of the credit. */
export interface Move {
  rowId: number;
  productId: number;
  quantity: number;
}

/** Units of one line that are received together: on a row of the credit, or on those of the components of a bundle. */
export interface Receipt extends LineUnits, PutAway {
  line: ReturnLine;
  moves: Move[];
}

export interface GoodsFacts {
  credit: Credit;
  /** Tells which row of it a line was sold on; null where it could not be read. */
  original: OriginalOrder | null;
  /** Products that are counted in stock. */
  tracked: ReadonlySet<number>;
  /** Tell the components of a bundle; null where none are used. */
  mappings: Mappings | null;
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
