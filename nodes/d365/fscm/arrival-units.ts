import {
  exactDecimal,
  fractionOfNumber,
  fractionText,
  inverse,
  isWhole,
  times,
  type Fraction,
} from '../../returns/exact-fraction';
import type { D365Settings } from '../settings';
import { sameText } from './line-use';
import { NAMES_OF } from './names';
import { and, anyOf, eq, inChunks, listPath } from './odata';
import type { ArrivalParts } from './parts';
import type { ExpectedLine } from './return-order-state';
import { textOf } from './rows';
import type { UnitFacts } from './unit-facts';

/** What is known of units where a line of a return order is not in single pieces. */
export interface ArrivalUnits extends UnitFacts {
  /** The unit that the stock of an item is counted in, as the lines of its journals are; empty where nobody tells. */
  stockUnitOf(item: string): string;
}

/** How lines of a return order are counted. */
export interface CountFacts {
  /** The ERP's unit symbol for a single piece. */
  eachUnit: string;
  /** Null where everything is in single pieces. */
  units: ArrivalUnits | null;
}

/** Units of the items of a return order, by the ERP's own conversions; null, and nothing read, where all is in pieces. */
export async function arrivalUnits(
  lines: readonly ExpectedLine[],
  { client, settings, units }: Pick<ArrivalParts, 'client' | 'units'> & ReadingSettings,
  signal?: AbortSignal,
): Promise<ArrivalUnits | null> {
  const others = lines.filter(({ unit }) => !sameText(unit, settings.eachUnit)).map(({ item }) => item);
  if (others.length === 0) return null;
  const paths = inChunks([...new Set(others)], 'ItemNumber').map((chunk) =>
    listPath('ReleasedProductsV2', {
      filter: and(eq('dataAreaId', settings.company), anyOf('ItemNumber', chunk)),
      select: ['ItemNumber', 'ProductNumber', ...NAMES_OF.units.ReleasedProductsV2],
    }),
  );
  const rows = (await client.readTogether(paths, signal)).flat();
  const items = new Map(rows.map((row) => [textOf(row, 'ItemNumber').toLowerCase(), row] as const));
  const productOf = (item: string): string => {
    const row = items.get(item.toLowerCase());
    return row ? textOf(row, 'ProductNumber') : item;
  };
  const known = await units.of([...new Set(others.map(productOf))], signal);
  return {
    piecesIn: (item, unit) => known.piecesIn(productOf(item), unit),
    decimalsOf: (unit) => known.decimalsOf(unit),
    stockUnitOf: (item) => {
      const row = items.get(item.toLowerCase());
      return row ? textOf(row, 'InventoryUnitSymbol') : '';
    },
  };
}

interface ReadingSettings {
  settings: Pick<D365Settings, 'company' | 'eachUnit'>;
}

/** Single pieces that a line stands for; null where nobody tells, or where they are not whole ones. */
export function piecesOnLine({ item, quantity, unit }: ExpectedLine, facts: CountFacts): number | null {
  if (sameText(unit, facts.eachUnit)) return quantity;
  const pieces = piecesIn(item, quantity, unit, facts);
  return pieces && isWhole(pieces) ? Number(pieces.above) : null;
}

/** Single pieces that a quantity of an item is, as a journal counts it; null where nobody tells. */
export function piecesInJournal(line: ExpectedLine, quantity: number, facts: CountFacts): number | null {
  if (sameText(line.unit, facts.eachUnit)) return quantity;
  const pieces = piecesIn(line.item, quantity, facts.units?.stockUnitOf(line.item) ?? '', facts);
  return pieces && isWhole(pieces) ? Number(pieces.above) : null;
}

function piecesIn(
  item: string,
  quantity: number,
  unit: string,
  { units, eachUnit }: CountFacts,
): Fraction | null {
  if (sameText(unit, eachUnit)) return fractionOfNumber(quantity);
  const each = units?.piecesIn(item, unit) ?? null;
  return each && times(fractionOfNumber(quantity), each);
}

/** Pieces of a line as others count them. */
export interface Counted {
  /** In the unit of the stock, as a line of a journal tells it. */
  quantity: number;
  /** In the unit of the return line. */
  onLine: number;
}

/** What stands in the way: the unit that cannot tell the pieces, with what it would have to say. */
export interface Uncountable {
  unit: string;
  /** Such as `5/12 box`; empty where no conversion is known. */
  would: string;
  decimals: number;
}

/** Tells pieces in the units of the return line and of the stock, exactly or not at all (R46). */
export function countedPieces(
  { item, unit }: ExpectedLine,
  pieces: number,
  facts: CountFacts,
): Counted | { not: Uncountable } {
  if (sameText(unit, facts.eachUnit)) return { quantity: pieces, onLine: pieces };
  const onLine = exactlyIn(item, pieces, unit, facts);
  if (typeof onLine !== 'number') return onLine;
  const quantity = exactlyIn(item, pieces, facts.units?.stockUnitOf(item) ?? '', facts);
  return typeof quantity === 'number' ? { quantity, onLine } : quantity;
}

/** With no more decimals than the unit may have. */
function exactlyIn(
  item: string,
  pieces: number,
  unit: string,
  { units, eachUnit }: CountFacts,
): number | { not: Uncountable } {
  if (sameText(unit, eachUnit)) return pieces;
  const decimals = units?.decimalsOf(unit) ?? 0;
  const each = units?.piecesIn(item, unit) ?? null;
  if (!each) return { not: { unit, would: '', decimals } };
  const count = times(fractionOfNumber(pieces), inverse(each));
  const inLast = times(count, { above: 10n ** BigInt(decimals), below: 1n });
  const exact = isWhole(inLast) ? exactDecimal(count) : null;
  return exact ?? { not: { unit, would: `${fractionText(count)} ${unit}`, decimals } };
}
