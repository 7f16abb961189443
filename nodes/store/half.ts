import type { Money } from '../returns/money';

/**
 * What must arrive for a return, in any order. `credit`: the money half is posted. `goods`: the goods were received, as
 * the platform or the warehouse says. `stock`: the stock half is posted in the ERP. With `credit` and `stock` a return
 * is complete; `goods` is only a report.
 */
export type Half = 'credit' | 'goods' | 'stock';

export interface NewHalf {
  returnKey: string;
  half: Half;
  /** The connection whose nodes watch over it. */
  connectionId: string;
  brand: string;
  returnNumber: string | null;
  orderNumber: string | null;
  /** The ERP's number of the document; null for goods that were only reported. */
  document: string | null;
  amount: Money | null;
  /** When it happened, as a UTC instant. */
  at: string;
  /** Until when the other half is to be there; null where nothing was agreed. */
  dueAt: string | null;
}

export interface StoredHalf extends NewHalf {
  /** When it was last reported as having no counterpart. */
  toldAt: string | null;
}

export interface UnpairedFilter {
  half: Half;
  /** Only those of one connection. */
  connectionId?: string;
  /** The counterpart that is missing. */
  without: Half;
  /** Only those whose time was over before this instant; those for which nothing was agreed are never among them. */
  dueBefore?: string;
  /** Leaves out those that were reported at this instant or later. */
  notToldSince?: string;
  limit: number;
  offset?: number;
}

export interface RejectedFilter {
  /** Only those of one connection. */
  connectionId?: string;
  limit: number;
  offset?: number;
}

export interface UnpairedSum {
  brand: string;
  /** Null for halves without an amount. */
  currency: string | null;
  /** How many of the bands are later than the halves are, or equal: 0 is the newest age. */
  band: number;
  count: number;
  /** Sum in minor units of the currency, exact; 0 where there is no amount. */
  minor: number;
}

/** The part of the store that remembers the halves of returns (R92, R98, R115, R178, R206). */
export interface HalvesStore {
  /**
   * Remembers a half; the first one stays, a repeat changes nothing, not even after the return was complete and its
   * halves were pruned. Resolves to whether it was new. Throws `money-not-integer` for an amount that is not whole.
   */
  recordHalf(half: NewHalf): Promise<boolean>;
  /**
   * Takes a half back, because its document was cancelled. Its counterparts lack it again from now on, whether that was
   * reported before or not. Resolves to false where it is not known, or was pruned.
   */
  removeHalf(returnKey: string, half: Half): Promise<boolean>;
  /** The halves of one return, oldest first. None where they were pruned. */
  halvesOf(returnKey: string): Promise<StoredHalf[]>;
  /** Halves that have no counterpart: oldest first. Credits whose goods were rejected are not among them. */
  unpairedHalves(filter: UnpairedFilter): Promise<StoredHalf[]>;
  /** They were reported at this time. It is kept for the half, whichever counterpart it lacks. */
  markHalvesTold(half: Half, returnKeys: readonly string[], now: string): Promise<void>;
  /**
   * Sums of halves without their counterpart, by brand, currency and age, without credits whose goods were rejected. `bands` are instants, newest first: with
   * `[t1, t2]` band 0 is `at > t1`, band 1 is `t1 >= at > t2`, band 2 is `t2 >= at`. Ages without halves are left out.
   */
  sumUnpaired(
    half: Half,
    without: Half,
    bands: readonly string[],
    connectionId?: string,
  ): Promise<UnpairedSum[]>;
  /**
   * Credits whose goods were rejected afterwards, oldest first: for as long as no person has settled the exception, no
   * goods were booked in for it, and no gate let the goods pass after all (R94).
   */
  rejectedCredits(filter: RejectedFilter): Promise<StoredHalf[]>;
  /** Their sums by brand and currency, all in band 0. */
  sumRejectedCredits(connectionId?: string): Promise<UnpairedSum[]>;
  /** Halves whose return, order or document has one of these numbers; those that were pruned are not among them. */
  halvesNamed(half: Half, names: readonly string[]): Promise<StoredHalf[]>;
}
