import type { PostedDocument, ReturnLine } from '../returns/event';
import { productsOf } from './goods-note-draft';
import { lineIdsIn, namesItsUnits, readUnits, sumOf, type LineUnits } from '../returns/unit-count';

/** Units of one product that are to leave quarantine with one call. */
export interface Release extends LineUnits {
  line: ReturnLine;
  /** Number of the goods-in note that brought them. */
  note: string;
  credit: string;
  warehouseId: number;
  productId: number;
  /** Pieces of the product: a bundle may hold several. */
  quantity: number;
  /** Units of the same line, note and product that have left before. */
  before: number;
}

/**
 * What of a line lies in quarantine and has been accepted: at most the units that the event accepts, less those that
 * are where they are sold already. A bundle leaves product by product.
 */
export function planReleases(
  line: ReturnLine,
  notes: readonly PostedDocument[],
  releases: readonly PostedDocument[],
): Release[] {
  const planned: Release[] = [];
  /** Units without a name of their own that are still to go, by product. */
  const wanted = new Map<number, number>();
  for (const note of notes) {
    for (const held of inQuarantine(note, line)) {
      for (const [productId, each] of productsOf(note.references, held.lineId)) {
        const gone = leftBefore(note, held, productId, releases);
        const units = held.unitIds.length > 0 && namesItsUnits(line) ? namedUnits(line, held, gone) : null;
        const left = wanted.get(productId) ?? unnamedUnits(line, notes, releases, productId);
        const count = units ? units.length : Math.min(left, held.units - sumOf(gone));
        if (count <= 0) continue;
        if (!units) wanted.set(productId, left - count);
        planned.push({
          line,
          lineId: held.lineId,
          units: count,
          unitIds: units ?? [],
          note: note.number,
          credit: note.references['credit'] ?? '',
          warehouseId: Number(note.references['warehouse']),
          productId,
          quantity: count * each,
          before: sumOf(gone),
        });
      }
    }
  }
  return planned;
}

/** What a note holds of a line in quarantine: by the line's id, or by the ids of its units. */
function inQuarantine(note: PostedDocument, line: ReturnLine): LineUnits[] {
  const apart = quarantinedLines(note);
  const mine = new Set(line.unitIds);
  return readUnits(note).filter(
    ({ lineId, unitIds }) =>
      apart.has(lineId) &&
      (unitIds.length > 0 && namesItsUnits(line) ? unitIds.some((id) => mine.has(id)) : lineId === line.id),
  );
}

function quarantinedLines(note: PostedDocument): Set<string> {
  return lineIdsIn(note.references['quarantined']);
}

function leftBefore(
  note: PostedDocument,
  held: LineUnits,
  productId: number,
  releases: readonly PostedDocument[],
): LineUnits[] {
  return releases
    .filter(
      ({ references }) => references['note'] === note.number && references['product'] === String(productId),
    )
    .flatMap(readUnits)
    .filter(({ lineId }) => lineId === held.lineId);
}

function namedUnits(line: ReturnLine, held: LineUnits, gone: readonly LineUnits[]): string[] {
  const away = new Set(gone.flatMap(({ unitIds }) => unitIds));
  const mine = new Set(line.unitIds);
  const there = held.unitIds.filter((id) => mine.has(id) && !away.has(id));
  return there.slice(0, Math.max(0, held.units - sumOf(gone)));
}

/** Accepted units less those that went to where they are sold at once, and those that left quarantine before. */
function unnamedUnits(
  line: ReturnLine,
  notes: readonly PostedDocument[],
  releases: readonly PostedDocument[],
  productId: number,
): number {
  const own = (documents: readonly PostedDocument[]): LineUnits[] =>
    documents.flatMap(readUnits).filter(({ lineId }) => lineId === line.id);
  const direct = notes.filter((note) => !quarantinedLines(note).has(line.id)).flatMap((note) => own([note]));
  const gone = own(releases.filter(({ references }) => references['product'] === String(productId)));
  return Math.max(0, line.quantity.value - sumOf(direct) - sumOf(gone));
}
