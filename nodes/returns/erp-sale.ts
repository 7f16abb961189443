/** How far an original order is, in words that all ERPs share. */
export type SaleState = 'invoiced' | 'not-invoiced' | 'locked' | 'cancelled' | 'historical';

/** A line of the original order as the ERP holds it. */
export interface ErpSaleLine {
  /** The ERP's own id of the line, unique in the order. */
  id: string;
  /** The shop platform's id of the line, where the ERP keeps it. */
  externalId: string | null;
  sku: string | null;
  name: string | null;
  /** How much was sold, in the order's unit. */
  quantity: number;
  /** The ERP's symbol of that unit; null where it counts single pieces only. */
  unit: string | null;
  /** Single pieces in one of that unit; null where the ERP does not tell. */
  pieces: number | null;
  /** The same of another unit that the platform may count in; missing where the ERP knows none. */
  piecesIn?: (unit: string) => number | null;
  /** How much earlier returns took, in the order's unit. */
  returned: number;
  /** What they took besides, where they count single pieces and the order another unit. */
  returnedPieces: number;
  /** What of both others took back, by documents of their own; missing where the ERP tells of none. */
  byOthers?: TakenByOthers;
  /** What earlier returns gave back for it, with tax, in the smallest unit; null where the ERP does not tell. */
  creditedMinor: number | null;
  /** Of the whole line, after discount, in ten-thousandths of the currency. */
  net: number;
  /** The same of its tax; null where the ERP does not tell it, and `net` is then the line's amount as it stands. */
  tax: number | null;
  taxCode: string | null;
  /** Percent in hundredths: 20 % is 2000. */
  taxRate: number | null;
  /** The line of the bundle that this one is a part of. */
  parentId: string | null;
  /** The SKU that was ordered, where this one was sent instead and the ERP tells so. */
  substitutedFor: string | null;
}

/** Goods that others took back. */
export interface TakenByOthers {
  /** Single pieces of the line. */
  pieces: number;
  /** Their documents with the goods of this item on them, such as `return order R-1` and `2 ea of TEE-01`. */
  documents: readonly { name: string; goods: string }[];
}

/** The original order of a return, as checks need it. Lines stand in the order in which returns use them up. */
export interface ErpSale {
  /** The ERP's own number of it. */
  number: string;
  currency: string;
  state: SaleState;
  /** What tells the state, in words, such as the name of its status. */
  stateDetail: string;
  customer: {
    /** The account, or what stands in its place; never a name. */
    account: string;
    known: boolean;
    /** Why nothing may be credited to it now, in the ERP's words; null where nothing is in the way or nobody tells. */
    hold: string | null;
  };
  lines: ErpSaleLine[];
}

/**
 * What the ERP has for the order number of a return. Several are never chosen from.
 * `what` tells which number was looked for and where, or which orders were found.
 */
export type SaleAnswer =
  | { found: 'sale'; sale: ErpSale }
  | { found: 'unknown'; what: string }
  | { found: 'ambiguous'; what: string };
