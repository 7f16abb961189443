import type { PostedDocument, ReturnLine } from './event';

/** Units of a line, and the platform's ids of them where it gives one for each. */
export interface LineUnits {
  lineId: string;
  units: number;
  unitIds: readonly string[];
}

/** Whether the platform names each unit of a line. Some count a line as a number only. */
export function namesItsUnits(line: ReturnLine): boolean {
  return line.unitIds.length > 0 && line.unitIds.length === line.quantity.value;
}

/**
 * The units of a line that documents do not hold yet. By the ids of the units where there are some, since a platform
 * may tell of one unit today and of the other tomorrow, under one line or two; else by the line, whose quantity then
 * counts all units so far.
 */
export function unitsLeft(line: ReturnLine, held: readonly LineUnits[]): LineUnits {
  const own = held.filter(({ lineId }) => lineId === line.id);
  if (!namesItsUnits(line)) {
    const units = Math.max(0, line.quantity.value - sumOf(own));
    return { lineId: line.id, units, unitIds: [] };
  }
  const known = new Set(held.flatMap(({ unitIds }) => unitIds));
  const fresh = line.unitIds.filter((id) => !known.has(id));
  const unnamed = sumOf(own.filter(({ unitIds }) => unitIds.length === 0));
  const units = Math.max(0, fresh.length - unnamed);
  return { lineId: line.id, units, unitIds: fresh.slice(0, units) };
}

export function sumOf(held: readonly LineUnits[]): number {
  return held.reduce((sum, { units }) => sum + units, 0);
}

/** How units stand in the references of a document: `lines` as `id×units`, `units` with the ids of those units. */
export function writeUnits(held: readonly LineUnits[]): { lines: string; units?: string } {
  const lines = [...new Set(held.map(({ lineId }) => lineId))];
  const of = (lineId: string): LineUnits[] => held.filter((entry) => entry.lineId === lineId);
  const named = lines.filter((lineId) => of(lineId).every(({ unitIds }) => unitIds.length > 0));
  const ids = named.map(
    (lineId) =>
      `${escape(lineId)}:${of(lineId)
        .flatMap(({ unitIds }) => unitIds)
        .map(encodeURIComponent)
        .join(',')}`,
  );
  return {
    lines: lines.map((lineId) => `${escape(lineId)}×${sumOf(of(lineId))}`).join(' '),
    ...(ids.length === 0 ? {} : { units: ids.join(' ') }),
  };
}

/** Reads what {@link writeUnits} wrote. */
export function readUnits(document: PostedDocument): LineUnits[] {
  const ids = new Map(
    partsOf(document.references['units']).map((entry) => {
      const at = entry.lastIndexOf(':');
      return [
        entry.slice(0, at),
        entry
          .slice(at + 1)
          .split(',')
          .map(decodeURIComponent),
      ] as const;
    }),
  );
  return partsOf(document.references['lines']).map((entry) => ({
    lineId: decodeURIComponent(lineIn(entry)),
    units: Number(entry.slice(lineIn(entry).length + 1)),
    unitIds: ids.get(lineIn(entry)) ?? [],
  }));
}

/** The lines that a text of {@link writeUnits} names. */
export function lineIdsIn(text: string | undefined): Set<string> {
  return new Set(partsOf(text).map((entry) => decodeURIComponent(lineIn(entry))));
}

function lineIn(entry: string): string {
  return entry.slice(0, entry.lastIndexOf('×'));
}

function partsOf(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((entry) => entry !== '');
}

/** Blanks and the marks that are used here are escaped; everything else stays as people know it. */
function escape(lineId: string): string {
  return lineId.replace(/[\s%×:,]/g, (mark) => encodeURIComponent(mark));
}
