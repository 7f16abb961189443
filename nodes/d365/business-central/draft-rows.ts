import type { PostedDocument } from '../../returns/event';
import { currencyDecimals, money, shareOf, type Money } from '../../returns/money';
import type { D365Row } from '../fscm/rows';

/** A line of a draft credit memo as it was planned. Amounts are in minor units; a fee's are below zero. */
export interface DraftRow {
  /** Line of the return that it stands for, and by which name: a component of a bundle has its own. */
  line: string;
  external: string;
  /** Units of the line that it stands for, as the platform counts them. */
  units: number;
  /** A charge of the platform: it is credited with the last goods of the draft. */
  fee: boolean;
  item: string;
  variantId: string;
  unit: string;
  quantity: number;
  /** Unit price of the sale. */
  price: number;
  /** What the line comes to, as the prices of the document are: with or without tax. */
  base: number;
  gross: number;
  tax: number;
  taxCode: string;
  /** Number of the line of the return order that it stands on; none on a credit memo. */
  lineNo?: number;
  /** In percent; null where it is not known, as of a fee in another tax group than the goods. */
  taxRate: number | null;
}

/** How the plan of a draft stands in the references of its document, for what is posted of it later. */
export function writeRows(rows: readonly DraftRow[]): string {
  return JSON.stringify(rows);
}

export function readRows(document: PostedDocument): DraftRow[] | null {
  const text = document.references['rows'];
  return text === undefined ? null : (JSON.parse(text) as DraftRow[]);
}

/** Units of each line of the return. */
export type LineCounts = ReadonlyMap<string, number>;

/**
 * The part of a draft that holds the units `from` up to `to` of each of its lines. Parts that adjoin add up to the whole,
 * pieces and pennies alike; a line that no unit is taken of is not in it. Null where a unit would be part of a piece.
 */
export function partOfDraft(
  rows: readonly DraftRow[],
  from: LineCounts,
  to: LineCounts,
  currency: string,
): DraftRow[] | null {
  const part: DraftRow[] = [];
  for (const group of groupsOf(rows)) {
    const [{ line } = { line: '' }] = group;
    const units = unitsOf(rows, line);
    const pieces = group.reduce((sum, { quantity }) => sum + quantity, 0);
    const piecesUpTo = (count: number): number => (pieces * count) / units;
    const [first, last] = [piecesUpTo(from.get(line) ?? 0), piecesUpTo(to.get(line) ?? 0)];
    if (!Number.isInteger(first) || !Number.isInteger(last)) return null;
    let before = 0;
    for (const row of group) {
      const low = Math.max(0, first - before);
      const high = Math.min(row.quantity, last - before);
      before += row.quantity;
      if (high > low) part.push(cut(row, low, high, currency));
    }
  }
  return part;
}

/** Units of a line of the return that a draft was made for. */
export function unitsOf(rows: readonly DraftRow[], line: string): number {
  return rows.filter((row) => row.line === line && !row.fee).reduce((sum, { units }) => sum + units, 0);
}

/** The lines of goods of a draft, each with all its units. */
export function allUnits(rows: readonly DraftRow[]): Map<string, number> {
  return new Map(rows.filter(({ fee }) => !fee).map(({ line }) => [line, unitsOf(rows, line)]));
}

/** Rows of one item of a line; what stands on two lines of the sale is used up one after the other. */
function groupsOf(rows: readonly DraftRow[]): DraftRow[][] {
  const groups = new Map<string, DraftRow[]>();
  for (const row of rows.filter(({ fee }) => !fee)) {
    const name = row.external.replace(/\/\d+$/, '');
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups.values()];
}

function cut(row: DraftRow, from: number, to: number, currency: string): DraftRow {
  const share = (minor: number): number => shareOf(money(minor, currency), from, to, row.quantity).minor;
  return {
    ...row,
    quantity: to - from,
    base: share(row.base),
    gross: share(row.gross),
    tax: share(row.tax),
  };
}

export function grossOf(rows: readonly DraftRow[], currency: string): Money {
  return money(
    rows.reduce((sum, { gross }) => sum + gross, 0),
    currency,
  );
}

/**
 * What Business Central is to work out: tax on the sum of each tax group, so that parts of a sale may differ from the sale by
 * a penny of tax. Tax is null where a rate is not known.
 *
 * @param inclusive whether the prices of the document contain tax
 */
export function expectedTotals(
  rows: readonly DraftRow[],
  inclusive: boolean,
  currency: string,
): { gross: Money; tax: Money | null } {
  const base = rows.reduce((sum, row) => sum + row.base, 0);
  const groups = new Map<string, number>();
  for (const row of rows) {
    const name = `${row.taxCode}|${row.taxRate ?? ''}`;
    groups.set(name, (groups.get(name) ?? 0) + row.base);
  }
  const known = rows.every(({ taxRate }) => taxRate !== null);
  const tax = [...groups].reduce((sum, [name, amount]) => {
    const rate = Number(name.slice(name.lastIndexOf('|') + 1));
    return sum + taxAt(amount, rate, inclusive);
  }, 0);
  const gross = inclusive ? base : known ? base + tax : grossOf(rows, currency).minor;
  return { gross: money(gross, currency), tax: known ? money(tax, currency) : null };
}

/** Tax of an amount at a rate in percent, rounded half away from zero. */
function taxAt(base: number, rate: number, inclusive: boolean): number {
  const tax = (Math.abs(base) * rate) / (inclusive ? 100 + rate : 100);
  return Math.sign(base) * Math.round(Number(tax.toFixed(6)));
}

export function taxOf(rows: readonly DraftRow[], currency: string): Money {
  return money(
    rows.reduce((sum, { tax }) => sum + tax, 0),
    currency,
  );
}

/** A line as Business Central takes it: its price and discount come to the planned amount, to the penny. */
export function lineBody(row: DraftRow, currency: string, locationId: string): D365Row {
  return {
    lineType: 'Item',
    lineObjectNumber: row.item,
    ...(row.variantId === '' ? {} : { itemVariantId: row.variantId }),
    ...(row.unit === '' ? {} : { unitOfMeasureCode: row.unit }),
    ...priceFields(row, currency),
    ...(row.taxCode === '' ? {} : { taxCode: row.taxCode }),
    ...(locationId === '' || row.fee ? {} : { locationId }),
  };
}

/** Quantity, price and discount: the price is the sale's, unless so much of it was not paid that it must be higher. */
export function priceFields(row: DraftRow, currency: string): D365Row {
  const one = 10 ** currencyDecimals(currency);
  if (row.fee) return { quantity: 1, unitPrice: row.base / one };
  const full = Math.round(Number((row.quantity * row.price * one).toFixed(4)));
  if (full >= row.base) {
    return { quantity: row.quantity, unitPrice: row.price, discountAmount: (full - row.base) / one };
  }
  const price = Math.ceil(row.base / row.quantity);
  return {
    quantity: row.quantity,
    unitPrice: price / one,
    discountAmount: (price * row.quantity - row.base) / one,
  };
}
