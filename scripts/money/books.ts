import { minorOf, shown } from './amounts';
import { inWords, isNear, NOTHING, partsOf, plus, rounded, type Exact } from './exact';
import { partsOfBundle, type SoldOrder, type SoldRow } from './sold-order';
import { must } from './story';

/** Units of a row that a credit takes back, and what it gives for them, in smallest units. */
export interface Taken {
  rowId: number;
  units: number;
  net: number;
  tax: number;
}

/** A row with its parts, where it is a bundle: what must come to its price when all of it is back. */
interface Lot {
  rows: SoldRow[];
  /** With tax: what was paid. */
  gross: bigint;
  tax: bigint;
  creditedGross: bigint;
  creditedTax: bigint;
}

/** An amount of a row with tax, or the tax of it. */
type Figure = 'gross' | 'tax';

function figureOf(row: SoldRow, of: Figure): number {
  return of === 'tax' ? row.tax : row.net + row.tax;
}

/**
 * The oracle's own books of an order: which pieces are back, and what was given for them. It knows nothing of how the
 * product shares amounts out; it holds every share against its exact value, and every whole against the order.
 */
export class Books {
  private readonly lots = new Map<number, Lot>();
  private readonly back = new Map<number, number>();
  private readonly rows: ReadonlyMap<number, SoldRow>;
  private shares = 0;
  /** By how many smallest units a share may make good what others left over or short. */
  private rest = 0;

  constructor(private readonly sold: SoldOrder) {
    this.rows = new Map(sold.rows.map((row) => [row.rowId, row]));
    for (const row of sold.rows) {
      this.back.set(row.rowId, 0);
      if (row.parentId !== null) continue;
      const rows = [row, ...partsOfBundle(sold, row)];
      const whole = (of: Figure): bigint =>
        rows.reduce((sum, one) => sum + rounded(minorOf(figureOf(one, of), sold.currency)), 0n);
      const figures = { gross: whole('gross'), tax: whole('tax'), creditedGross: 0n, creditedTax: 0n };
      this.lots.set(row.rowId, { rows, ...figures });
    }
  }

  /** What all of the order comes to, tax included. */
  get total(): number {
    return Number([...this.lots.values()].reduce((sum, { gross }) => sum + gross, 0n));
  }

  /** What units of an item are worth at least, in smallest units, whatever way they are rounded. */
  least(sku: string, units: number): number {
    const amounts = this.sold.rows
      .filter((row) => row.sku === sku)
      .flatMap((row) => {
        const { value, roundings } = this.worth(row, units, 'gross');
        return Number(value.over / value.under) - roundings;
      });
    return Math.min(...amounts);
  }

  /** How many pieces of a row have not come back; of a bundle, how many can still come back whole. */
  open(row: SoldRow): number {
    const own = row.quantity - this.backOf(row);
    const parts = partsOfBundle(this.sold, row);
    const whole = parts.map((part) => Math.floor((this.open(part) * row.quantity) / part.quantity));
    return Math.min(own, ...whole);
  }

  /** Judges a row of a credit and books it. */
  credit({ rowId, units, net, tax }: Taken, sku: string): void {
    const row = this.rows.get(rowId);
    must(row?.sku === sku, 'kinds', () => `${sku} is credited on row ${rowId}, where ${row?.sku} was sold`);
    must(
      units <= this.open(row),
      'sold',
      () => `${units} × ${sku} credited, of which ${this.open(row)} had not come back`,
    );
    this.judgeShare(row, units, net + tax, 'gross');
    this.judgeShare(row, units, tax, 'tax');
    this.shares += 1;
    this.book(row, units, net, tax, 1);
    this.judgeLot(row);
  }

  /** A credit was cancelled: its pieces are out again, and so are the pennies that its roundings gave or took. */
  cancel({ rowId, units, net, tax }: Taken): void {
    this.rest = this.shares;
    const row = this.rows.get(rowId);
    if (row) this.book(row, units, net, tax, -1);
  }

  private book(row: SoldRow, units: number, net: number, tax: number, sign: 1 | -1): void {
    this.back.set(row.rowId, this.backOf(row) + sign * units);
    for (const part of partsOfBundle(this.sold, row)) {
      const pieces = (units * part.quantity) / row.quantity;
      this.back.set(part.rowId, this.backOf(part) + sign * pieces);
    }
    const lot = this.lotOf(row);
    lot.creditedGross += BigInt(sign * (net + tax));
    lot.creditedTax += BigInt(sign * tax);
  }

  private judgeShare(row: SoldRow, units: number, given: number, of: Figure): void {
    const { value, roundings } = this.worth(row, units, of);
    must(isNear(given, value, 2 * (roundings + this.rest)), 'share', () => {
      const told = `${units} × ${row.sku}, ${of}: ${shown(given, this.sold.currency)}`;
      return `${told} credited, exactly ${inWords(value)} smallest units`;
    });
  }

  /** The exact value of units of a row, and how many amounts it is made of. */
  private worth(row: SoldRow, units: number, of: Figure): { value: Exact; roundings: number } {
    const { currency } = this.sold;
    const own = partsOf(minorOf(figureOf(row, of), currency), units, row.quantity);
    const parts = partsOfBundle(this.sold, row);
    if (parts.length > 0) {
      const values = parts.map((part) => partsOf(minorOf(figureOf(part, of), currency), units, row.quantity));
      return { value: values.reduce(plus, own), roundings: 1 + parts.length };
    }
    const parent = row.parentId === null ? undefined : this.rows.get(row.parentId);
    if (!parent || row.net !== 0 || row.tax !== 0) return { value: own, roundings: 1 };
    const pieces = partsOfBundle(this.sold, parent).reduce((sum, { quantity }) => sum + quantity, 0);
    const value =
      figureOf(parent, of) === 0 ? NOTHING : partsOf(minorOf(figureOf(parent, of), currency), units, pieces);
    return { value, roundings: 1 };
  }

  private judgeLot(row: SoldRow): void {
    const lot = this.lotOf(row);
    const { currency } = this.sold;
    const complete = lot.rows.every((one) => one.bundle || this.backOf(one) === one.quantity);
    const told = (): string =>
      `row ${lot.rows[0]?.rowId} was sold for ${shown(lot.gross, currency)}, ${shown(lot.tax, currency)} of it tax, ` +
      `credited are ${shown(lot.creditedGross, currency)} and ${shown(lot.creditedTax, currency)}`;
    must(lot.creditedGross <= lot.gross && lot.creditedTax <= lot.tax, 'sold', told);
    must(!complete || (lot.creditedGross === lot.gross && lot.creditedTax === lot.tax), 'whole', told);
  }

  private backOf({ rowId }: SoldRow): number {
    return this.back.get(rowId) ?? 0;
  }

  private lotOf(row: SoldRow): Lot {
    const lot = this.lots.get(row.parentId ?? row.rowId);
    if (!lot) throw new Error('Every row belongs to a lot');
    return lot;
  }
}
