import type { CheckProfile } from './check-profile';
import type { Worth } from './compare-value';
import type { ErpSale, ErpSaleLine } from './erp-sale';
import type { ReturnLine } from './event';
import { roundFine, shareOfFine } from './fine-amount';
import { EACH } from './quantity';
import { valuePlace, type ValueLine, type ValuePlace } from './value-place';

/** A line of the sale in single pieces, with what came back of it so far, this return included. */
export interface LineState {
  sold: ErpSaleLine;
  /** Single pieces in one of its unit; null where nobody tells. */
  factor: number | null;
  pieces: number;
  taken: number;
  /** Given back so far with tax, in the smallest unit; null where the ERP does not tell. */
  creditedMinor: number | null;
}

/** Pieces of a returned line that were found on a line of the sale. */
export interface Take {
  state: LineState;
  pieces: number;
  place: ValuePlace<ValueLine>;
}

/** Follows how a return uses up the lines of its sale: each line sees what those before it took. */
export class SaleUse {
  readonly states: LineState[];
  private readonly values: ValueLine[];

  constructor(
    readonly sale: ErpSale,
    profile: Pick<CheckProfile, 'piecesIn'>,
  ) {
    this.states = sale.lines.map((sold) => {
      const told = sold.pieces ?? profile.piecesIn?.(sold.sku ?? '', sold.unit ?? '') ?? null;
      // A line that does not come to whole pieces cannot be counted in pieces.
      const factor = told !== null && Number.isSafeInteger(sold.quantity * told) ? told : null;
      const each = factor ?? 1;
      const taken = Math.ceil(sold.returned * each + sold.returnedPieces);
      const { creditedMinor } = sold;
      return { sold, factor, pieces: sold.quantity * each, taken, creditedMinor };
    });
    this.values = this.states.map(({ sold, pieces }) => ({
      id: sold.id,
      parentId: sold.parentId,
      quantity: pieces,
      net: sold.net,
      tax: sold.tax ?? 0,
    }));
  }

  /** What can still come back of a line: of a bundle no more than there are whole ones. */
  leftOf(state: LineState): number {
    const own = state.pieces - state.taken;
    const whole = this.partsOf(state).map((part) => {
      const each = part.pieces / Math.max(1, state.pieces);
      return each === 0 ? own : Math.floor((part.pieces - part.taken) / each);
    });
    return Math.max(0, Math.min(own, ...whole));
  }

  /** What could still come back of a line if others had taken back nothing. */
  leftWithoutOthers(state: LineState): number {
    const others = state.sold.byOthers?.pieces ?? 0;
    return Math.min(state.pieces, this.leftOf(state) + others);
  }

  /** Takes so many pieces of the lines, one after another; what they do not have is not taken. */
  take(states: readonly LineState[], wanted: number): Take[] {
    let open = wanted;
    return states.flatMap((state) => {
      const pieces = Math.min(open, this.leftOf(state));
      if (pieces <= 0) return [];
      open -= pieces;
      const place = this.placeOf(state);
      for (const part of this.partsOf(state))
        part.taken += (pieces * part.pieces) / Math.max(1, state.pieces);
      state.taken += pieces;
      return [{ state, pieces, place }];
    });
  }

  /** Whether what was taken has a share of a bundle's price only, or is a bundle that has no price of its own. */
  isShareOfBundle({ place }: Take): boolean {
    return place.ofBundle || place.inItsParts;
  }

  /** What the pieces are worth by the order, to the penny: all shares of a line, or of a bundle, come to its amount. */
  worthOf(takes: readonly Take[]): Worth {
    const { currency } = this.sale;
    let totalMinor = 0;
    let taxMinor: number | null = 0;
    for (const { state, pieces, place } of takes) {
      const { from: line, at, of, each } = place;
      const share = (fine: number): number => shareOfFine(fine, at, at + pieces * each, of, currency).minor;
      const tax = state.sold.tax === null ? null : share(line.tax);
      // Net and tax together are what was paid: each rounded by itself, they could come to a penny more.
      totalMinor += share(tax === null ? line.net : line.net + line.tax);
      taxMinor = taxMinor === null || tax === null ? null : taxMinor + tax;
    }
    return { currency, totalMinor, taxMinor };
  }

  /**
   * Books what a take is worth on the line that carries its price. Null where there was room for it, else what that
   * line came to and what had been given back of it before.
   */
  credit(take: Take): { wholeMinor: number; beforeMinor: number; oursMinor: number } | null {
    const { from: line } = take.place;
    const root = this.states.find(({ sold }) => sold.id === line.id);
    if (!root || root.creditedMinor === null || root.sold.tax === null) return null;
    const { currency } = this.sale;
    const wholeMinor = roundFine(root.sold.net + root.sold.tax, currency).minor;
    const oursMinor = this.worthOf([take]).totalMinor;
    const beforeMinor = root.creditedMinor;
    root.creditedMinor += oursMinor;
    if (wholeMinor < 0 || root.creditedMinor <= wholeMinor) return null;
    return { wholeMinor, beforeMinor, oursMinor };
  }

  private placeOf(state: LineState): ValuePlace<ValueLine> {
    const line = this.values[this.states.indexOf(state)];
    if (!line) throw new Error('Every line of a sale has its value');
    return valuePlace(
      line,
      this.values,
      ({ id }) => this.states.find(({ sold }) => sold.id === id)?.taken ?? 0,
    );
  }

  private partsOf({ sold }: LineState): LineState[] {
    return this.states.filter((part) => part.sold.parentId === sold.id);
  }
}

/** A returned quantity in single pieces of a line's item; null where its unit does not tell. */
export function piecesOf(line: Pick<ReturnLine, 'quantity'>, { sold, factor }: LineState): number | null {
  const { value, unit } = line.quantity;
  if (factor === null) return null;
  if (unit === EACH) return value;
  if (sold.unit !== null && unit.toLowerCase() === sold.unit.toLowerCase()) return value * factor;
  const each = sold.piecesIn?.(unit) ?? null;
  return each === null ? null : value * each;
}
