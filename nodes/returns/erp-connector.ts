import type { SaleAnswer } from './erp-sale';
import type { PostedDocument, ReturnEvent } from './event';
import type { WaitLimits } from './failure-policy';
import type { TargetKind } from './mapping-tables';

/** Kind of master data under which items are cached in the store. */
export const ITEM_CACHE = 'item';

/** What the ERP says about an item. */
export type ItemState = 'active' | 'blocked' | 'discontinued' | 'unknown';

/** An item of the ERP's item master, as far as checks need it. */
export interface ErpItem {
  /** The number that was asked for. */
  sku: string;
  state: ItemState;
  /** The ERP's own item number, where it knows the item. */
  itemNumber: string | null;
  name: string | null;
  unit: string | null;
  /** Its barcode, where the ERP tells one with the item. */
  barcode?: string | null;
  /** Why it is not active, in the ERP's words. */
  reason: string | null;
  /** When the ERP was asked (UTC). */
  readAt: string;
}

/** An item of the ERP that looks like the one that was not found. */
export interface ItemCandidate {
  itemNumber: string;
  name: string | null;
}

/**
 * What the flow nodes know of an ERP. Each ERP folder implements it; the flow folder never imports a vendor
 * (DESIGN section 4).
 */
export interface ErpConnector {
  /** For example `d365`. */
  readonly system: string;
  /** What a person reads: product and company. */
  readonly label: string;
  /** Unique per connection, part of cache and intent keys. */
  readonly connectionId: string;
  /** How long failed work waits before it is tried again, as the connection sets it. */
  readonly waitLimits: WaitLimits;
  /**
   * Reads the items in as few calls as possible; every asked SKU is in the answer, with `unknown` where the ERP has
   * none. Throws {@link LedgerError}.
   */
  findItems(skus: readonly string[], signal?: AbortSignal): Promise<Map<string, ErpItem>>;
  /**
   * The whole item master, a page at a time, so that it never stands in memory whole. Missing where the ERP does not
   * offer it. Throws {@link LedgerError}.
   */
  eachItem?(signal?: AbortSignal): AsyncIterable<readonly ErpItem[]>;
  /** Items whose number looks like the given one: at most ten, nearest first. */
  findCandidates(sku: string, signal?: AbortSignal): Promise<ItemCandidate[]>;
  /**
   * The original order of a return, with what other returns took of it: documents of this very return do not count.
   * Missing where the ERP does not offer it. Throws {@link LedgerError}.
   *
   * @param orderNumber the part of the platform's order number that the ERP knows, where that is not all of it
   */
  findSale?(event: ReturnEvent, signal?: AbortSignal, orderNumber?: string): Promise<SaleAnswer>;
  /** Documents that the ERP holds for one return, by our reference. */
  findPostings(reference: string, signal?: AbortSignal): Promise<PostedDocument[]>;
  /**
   * Which of these things the ERP has, so that mappings which point at others are found (R67); null where the connection
   * cannot tell for this kind. Items are looked up by {@link findItems} where it is missing. Throws {@link LedgerError}.
   */
  existing?(
    kind: TargetKind,
    values: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlySet<string> | null>;
  /**
   * The last day up to which the books are closed, such as `2026-03-31`; null where they are open. Missing where the ERP
   * does not tell. Throws {@link LedgerError}.
   */
  closedUntil?(signal?: AbortSignal): Promise<string | null>;
}
