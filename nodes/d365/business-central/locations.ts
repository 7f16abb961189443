import type { ReturnEvent } from '../../returns/event';
import type { Mappings } from '../../returns/mappings';
import { itemLines, type Problem } from '../../returns/posting-checks';
import { toldDisposition } from '../../returns/told-disposition';
import { anyOf } from '../fscm/odata';
import { textOf, type D365Row } from '../fscm/rows';
import type { BcCalls } from './client';
import type { DraftRow } from './draft-rows';
import { setPath } from './query';
import { idIn } from './sales';

/** Lines of a memo that are to go to another location, with its id. */
export type PlacedLines = (lines: readonly D365Row[]) => { line: D365Row; locationId: string }[];

/**
 * Where the goods of a credit go by the disposition that the inspection gave them: a row of Return Mappings names the
 * warehouse, which is a location here. A disposition without a row parks (R66); goods without one stay where the draft has
 * them, in the warehouse for returned goods.
 */
export async function findPlaces(
  event: ReturnEvent,
  rows: readonly DraftRow[],
  mappings: Mappings | null,
  client: BcCalls,
  signal?: AbortSignal,
): Promise<PlacedLines | { problem: Problem }> {
  const none: PlacedLines = () => [];
  if (mappings === null || mappings.rows('disposition').length === 0) return none;
  const codes = new Map<string, string>();
  for (const line of itemLines(event)) {
    const disposition = toldDisposition(line);
    if (disposition === null || !rows.some((row) => row.line === line.id)) continue;
    const row = mappings.find('disposition', { disposition, condition: line.condition });
    if (!row) {
      const received = line.condition === null ? disposition : `${disposition}, ${line.condition}`;
      const expected = 'a row in the table disposition of the Return Mappings';
      const lines = [{ lineId: line.id, sku: line.sku, field: 'disposition', expected, received }];
      return { problem: { code: 'disposition-unmapped', what: received, lines } };
    }
    codes.set(line.id, row.warehouse.toUpperCase());
  }
  const wanted = [...new Set(codes.values())];
  if (wanted.length === 0) return none;
  const [found = []] = await client.readTogether(
    [
      setPath('locations', {
        filter: anyOf(
          'code',
          wanted.map((code) => code.slice(0, 10)),
        ),
      }),
    ],
    signal,
  );
  const ids = new Map(found.map((row) => [textOf(row, 'code').toUpperCase(), textOf(row, 'id')]));
  const missing = wanted.find((code) => !ids.has(code));
  if (missing !== undefined) {
    const lines = [{ field: 'warehouse', expected: 'the code of a location', received: missing }];
    return {
      problem: { code: 'location-unknown', what: `Business Central has no location ${missing}`, lines },
    };
  }
  return (lines) => moves(lines, rows, (line) => ids.get(codes.get(line) ?? ''));
}

function moves(
  lines: readonly D365Row[],
  rows: readonly DraftRow[],
  locationOf: (line: string) => string | undefined,
): { line: D365Row; locationId: string }[] {
  const open = [...lines];
  const found: { line: D365Row; locationId: string }[] = [];
  const wanted = rows.filter(({ fee }) => !fee).map((row) => ({ row, locationId: locationOf(row.line) }));
  const take = (row: DraftRow, locationId: string | undefined): D365Row | undefined => {
    const fits = (line: D365Row): boolean =>
      textOf(line, 'lineObjectNumber').toUpperCase() === row.item.toUpperCase() &&
      idIn(line, 'itemVariantId') === row.variantId &&
      Number(line['quantity']) === row.quantity;
    const there = open.findIndex((line) => fits(line) && idIn(line, 'locationId') === locationId);
    const at = there >= 0 ? there : open.findIndex(fits);
    return at < 0 ? undefined : open.splice(at, 1)[0];
  };
  for (const { row, locationId } of wanted) {
    const line = take(row, locationId);
    if (line && locationId !== undefined && idIn(line, 'locationId') !== locationId) {
      found.push({ line, locationId });
    }
  }
  return found;
}
