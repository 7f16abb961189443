import { isWhole } from '../../returns/exact-fraction';
import type { EarlierReturn, SalesLine } from './orders';
import type { UnitFacts } from './unit-facts';

/** Ends the name of a line that is the component of a bundle; ids of lines have no such end. */
const COMPONENT = /\+\d+$/;
/** Ends the name of a line that goes beyond one line of the sale. */
const FURTHER = /\/\d+$/;

/** How much of a line of the sale has come back so far. */
export interface LineUse {
  sale: SalesLine;
  /** Single pieces in one of its unit; null where that is not known, or the line does not come to whole pieces. */
  each: number | null;
  /** In the line's own unit. */
  taken: number;
  /** In single pieces besides. */
  takenPieces: number;
  /** What earlier returns give for it with tax, in the smallest unit. */
  givenMinor: number;
}

/** Counts earlier returns against the lines of the sale. */
export function usedByEarlier(
  sales: readonly SalesLine[],
  earlier: readonly EarlierReturn[],
  eachUnit: string,
  units: UnitFacts | null = null,
): LineUse[] {
  const use = sales.map((sale) => ({
    sale,
    each: eachIn(sale, eachUnit, units),
    taken: 0,
    takenPieces: 0,
    givenMinor: 0,
  }));
  // What names its line by the lot takes that one; the others take what is left.
  const isLinked = ({ saleLot = '' }: EarlierReturn): boolean =>
    sales.some(({ lotId }) => saleLot !== '' && sameText(lotId, saleLot));
  for (const returned of [...earlier.filter(isLinked), ...earlier.filter((one) => !isLinked(one))])
    useUp([...linesOf(use, returned), ...sameItem(use, returned)], returned, eachUnit);
  return use;
}

/**
 * Of lines of one return order, those that find no room any more on their lines of the sale.
 *
 * @param use as earlier returns have left it; the lines are counted on it, one after another
 */
export function beyondSale<Returned extends EarlierReturn>(
  use: readonly LineUse[],
  own: readonly Returned[],
  eachUnit: string,
): Returned[] {
  return own.filter((returned) => useUp(linesOf(use, returned), returned, eachUnit) > 1e-6);
}

/** Single pieces in one of a line's unit, where the whole line comes to whole pieces. */
function eachIn(sale: SalesLine, eachUnit: string, units: UnitFacts | null): number | null {
  if (sameText(sale.unit, eachUnit)) return 1;
  const factor = units?.piecesIn(sale.itemNumber, sale.unit) ?? null;
  if (!factor || !isWhole(factor)) return null;
  const each = Number(factor.above);
  return Number.isSafeInteger(each) && Number.isSafeInteger(each * sale.quantity) ? each : null;
}

/** How many pieces of a line have come back; parts of a piece count as one, so that no more comes back than was sold. */
export function usedOf({ each, taken, takenPieces }: LineUse): number {
  return Math.ceil(taken * (each ?? 1) - 1e-9) + takenPieces;
}

export function leftOf(entry: LineUse): number {
  return Math.max(0, entry.sale.quantity * (entry.each ?? 1) - usedOf(entry));
}

/** The lines of the sale that a return names: by their lot, by the shop's id, else those of its item. */
function linesOf(use: readonly LineUse[], returned: EarlierReturn): LineUse[] {
  const { saleLot = '', external } = returned;
  const ofLot = use.filter(({ sale }) => saleLot !== '' && sameText(sale.lotId, saleLot));
  if (ofLot.length > 0) return ofLot;
  const name = external.replace(FURTHER, '');
  const ofLine = name.replace(COMPONENT, '');
  const base = ofLine.replace(/[.~]\d+$/, '');
  const isSame = ({ sale }: LineUse): boolean => sameText(sale.itemNumber, returned.itemNumber);
  const exact = use.filter(
    ({ sale }) => sale.external !== '' && [external, ofLine, base].includes(sale.external),
  );
  // Components of a bundle may all name the one line of the shop, or none of them does.
  const ofItem = exact.filter(isSame);
  const named = ofItem.length > 0 || COMPONENT.test(name) ? ofItem : exact;
  return named.length > 0 ? named : use.filter(isSame);
}

/** Where its own lines hold no more, a return was of others that sold the same: no more comes back than was sold. */
function sameItem(use: readonly LineUse[], returned: EarlierReturn): LineUse[] {
  const [first, ...more] = linesOf(use, returned);
  if (!first) return [];
  const { itemNumber, unit } = first.sale;
  return use.filter(
    (entry) =>
      entry !== first &&
      !more.includes(entry) &&
      sameText(entry.sale.itemNumber, itemNumber) &&
      sameText(entry.sale.unit, unit),
  );
}

/**
 * Counts a return against lines of the sale, one after another.
 *
 * @returns what found no room on them, in its unit
 */
function useUp(entries: readonly LineUse[], returned: EarlierReturn, eachUnit: string): number {
  const [first] = entries;
  if (!first) return 0;
  const inPieces = sameText(returned.unit, eachUnit) && !sameText(first.sale.unit, eachUnit);
  // How many packs the pieces come to may not be known here.
  if (inPieces && first.each === null) {
    first.takenPieces += returned.quantity;
    first.givenMinor += returned.givenMinor ?? 0;
    return 0;
  }
  let open = returned.quantity;
  let given = 0;
  for (const entry of entries) {
    const room = inPieces ? leftOf(entry) : leftOf(entry) / (entry.each ?? 1);
    const share = Math.min(open, room);
    if (inPieces) entry.takenPieces += share;
    else entry.taken += share;
    open -= share;
    const upTo = Math.round(
      (returned.givenMinor ?? 0) * (1 - open / Math.max(returned.quantity, Number.MIN_VALUE)),
    );
    entry.givenMinor += upTo - given;
    given = upTo;
  }
  return open;
}

/** D365 compares numbers and symbols without regard to case. */
export function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
