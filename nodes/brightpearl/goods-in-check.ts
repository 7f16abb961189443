import type { ExceptionLine } from '../returns/exception';
import type { Problem } from '../returns/posting-checks';
import type { GoodsNote } from './goods-note';

/** What a note was meant to move. */
export interface MeantLine {
  rowId: number;
  quantity: number;
  locationId: number;
}

/**
 * Compares what Brightpearl holds of a note with what was meant: row, quantity and location (R57, R123). A note that
 * was there before and says something else is a conflict.
 *
 * @param notes   all notes with our reference: the same product on two rows makes two
 * @param created whether this try has just made it
 */
export function compareNote(
  meant: readonly MeantLine[],
  notes: readonly GoodsNote[],
  created: boolean,
): Problem | null {
  const expected = sumsOf(meant);
  const received = sumsOf(notes.flatMap(({ moved }) => moved));
  const places = [...new Set([...expected.keys(), ...received.keys()])];
  const lines = places.flatMap((place): Partial<ExceptionLine>[] => {
    const [wanted, there] = [expected.get(place) ?? 0, received.get(place) ?? 0];
    return wanted === there ? [] : [{ field: place, expected: String(wanted), received: String(there) }];
  });
  if (lines.length === 0) return null;
  const number = notes.map(({ id }) => id).join(', ');
  const differences = lines.map((line) => `${line.field}: ${line.expected} meant, ${line.received} there`);
  return {
    code: created ? 'amount-mismatch' : 'document-conflict',
    what: `goods-in note ${number}, ${differences.join('; ')}`,
    lines,
  };
}

function sumsOf(moved: readonly MeantLine[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { rowId, locationId, quantity } of moved) {
    const place = `row ${rowId} into location ${locationId}`;
    sums.set(place, (sums.get(place) ?? 0) + quantity);
  }
  return sums;
}
