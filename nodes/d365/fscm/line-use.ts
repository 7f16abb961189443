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
  for (const returned of earlier) useUp(use, returned, eachUnit);
  return use;
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

/** Counts an earlier return against the order line it came from, or against those of its item. */
function useUp(use: readonly LineUse[], returned: EarlierReturn, eachUnit: string): void {
  const name = returned.external.replace(FURTHER, '');
  const ofLine = name.replace(COMPONENT, '');
  const base = ofLine.replace(/[.~]\d+$/, '');
  const isSame = ({ sale }: LineUse): boolean => sameText(sale.itemNumber, returned.itemNumber);
  const exact = use.filter(
    ({ sale }) => sale.external !== '' && [returned.external, ofLine, base].includes(sale.external),
  );
  // Components of a bundle may all name the one line of the shop, or none of them does.
  const ofItem = exact.filter(isSame);
  const named = ofItem.length > 0 || COMPONENT.test(name) ? ofItem : exact;
  const entries = named.length > 0 ? named : use.filter(isSame);
  const [first] = entries;
  if (!first) return;
  const inPieces = sameText(returned.unit, eachUnit) && !sameText(first.sale.unit, eachUnit);
  // How many packs the pieces come to may not be known here.
  if (inPieces && first.each === null) {
    first.takenPieces += returned.quantity;
    first.givenMinor += returned.givenMinor ?? 0;
    return;
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
}

/** D365 compares numbers and symbols without regard to case. */
export function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
