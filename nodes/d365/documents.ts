import type { ArrivalStages } from '../returns/arrived-goods';
import type { ErpConnector } from '../returns/erp-connector';
import type { PostedDocument, ReturnEvent } from '../returns/event';
import type { PriceSource } from '../returns/exchange-price';
import type { LedgerError } from '../returns/failure';
import type { Mappings } from '../returns/mappings';
import type { PostingRules, Problem } from '../returns/posting-checks';
import type { ConnectionTestResult } from '../runtime/connection-test';
import type { AddressPart } from '../returns/told-address';
import type { ReturnsStore } from '../store/store';
import type { CustomField } from './custom-fields';

export const SYSTEM = 'd365';

/** Kinds of documents of a return, for both products. */
export const KINDS = {
  returnOrder: 'return-order',
  arrival: 'item-arrival',
  creditNote: 'credit-note',
  refund: 'refund-journal',
  exchange: 'exchange-order',
} as const;

/** What a node of Dynamics 365 posts with: what its dialog sets, for both products. */
export interface ReturnOrderPolicy {
  /** Where the goods go before inspection. */
  warehouse: string;
  /** What the platform's codes are in the ERP; without, its SKUs and units are taken as they come. */
  mappings?: Mappings | null;
  /** Platform reason code → D365 return reason code. Empty: that of the mappings; without any, no reason is sent. */
  reasons: ReadonlyMap<string, string>;
  /** What an order number must look like; null for anything. */
  orderPattern: RegExp | null;
  /** Location in the warehouse above; without, none is sent. */
  location?: string;
  /** `line`: what the platform tells of the place goods go to decides, by the mappings' table of locations. */
  placeFrom?: 'node' | 'line';
  /** Whether fees lower the credit as lines of a service (R167), or are left out. */
  fees?: 'post' | 'leave-out';
  /** What a line is counted in where the order is not in single pieces (R45). */
  countIn?: 'order-unit' | 'pieces';
  /** Fields that the customer has besides. */
  customFields?: readonly CustomField[];
}

export type ReturnOrderOutcome =
  | {
      outcome: 'posted';
      document: PostedDocument;
      created: boolean;
      /** Fees that are not on it, by the ids of their lines. */
      leftOut: string[];
      mismatch: Problem | null;
    }
  | { outcome: 'exception'; problem: Problem };

/** How goods are registered, and for a message whether a Return Gate counts its goods as accepted. */
export interface ArrivalPolicy extends ArrivalStages {
  /**
   * `quarantine`: what is not inspected goes to quarantine without a disposition (A4); `hold`: it is registered in the
   * inspection warehouse without one; inspected goods get the disposition of the mappings in both.
   */
  inspection: 'quarantine' | 'hold';
  /** Where goods without a disposition are received; empty: the warehouse of the return line. */
  warehouse: string;
  /** Name of item arrival journals (`JournalNameId`), unless a row of the mappings names another. */
  journalName: string;
  mappings: Mappings | null;
  /** Platform disposition in lower case → what it is in Dynamics 365; where it is empty, the mappings decide. */
  dispositions: ReadonlyMap<string, DispositionTarget>;
  /** How a return order is made for goods that nobody announced; null: they are parked (R14, R106). */
  unannounced: ReturnOrderPolicy | null;
}

export interface DispositionTarget {
  /** Disposition code of the ERP. */
  code: string;
  /** Empty: that of goods without a disposition. */
  warehouse: string;
  location: string;
}

/** How the credit is posted. */
export interface CreditNotePolicy extends PostingRules {
  mappings: Mappings | null;
  /** What is done where the books are closed on the day of the event (R163, R164). */
  closedPeriod: 'defer' | 'park';
  /** Where the books are kept, for the day of a credit: an IANA time zone. */
  timeZone: string;
  /** How much the credit that is read back may differ from ours, in minor units of its currency (R57, R58). */
  toleranceMinor: number;
  /**
   * Money goes out before the goods: a line whose disposition credits without goods is credited as it is, all others wait
   * for their goods all the same.
   */
  early: boolean;
}

/** How the refund is booked after the credit; null where it is not the flow's. */
export interface RefundPolicy {
  mappings: Mappings | null;
  /** Platform payment method → customer payment method; where it is empty, the mappings decide. */
  methods: ReadonlyMap<string, string>;
  /** `journal`: a customer payment journal is made; `call-center`: D365 makes the payment lines, and they are read. */
  route: 'journal' | 'call-center';
  /** Name of the journals (`JournalName`). */
  journalName: string;
}

/** How replacement orders are made. */
export interface ExchangePolicy {
  mappings: Mappings | null;
  /** Warehouse that replacements are shipped from; empty: that of the original order. */
  warehouse: string;
  orderPattern: RegExp | null;
  /** What must be there before the replacement is ordered; without, the return order. */
  after?: ExchangeStage;
  /** What a replacement costs where the platform tells no price; without, as much as the goods that come back. */
  priceFrom?: PriceSource;
  /** Whether a replacement that lacks stock is somebody's to look at (R126); without, it is. */
  tellShortStock?: boolean;
  /** Part of the delivery address → field of the sales order. The reference names none, so they are the user's [U]. */
  addressFields?: ReadonlyMap<AddressPart, string>;
  /** What is done where the platform told an address and there is no field for it; without, the return is parked. */
  unsentAddress?: 'park' | 'account';
  /** Fields that the customer has besides. */
  customFields?: readonly CustomField[];
}

/** How far a return must be before its replacement is ordered. */
export const EXCHANGE_STAGES = ['return-order', 'arrival', 'credit'] as const;
export type ExchangeStage = (typeof EXCHANGE_STAGES)[number];

/** What stands in the ERP for a return after a try. */
export interface PostedDocuments {
  /** All documents of the kind, first to last. */
  documents: PostedDocument[];
  /** Those that this try has made or found. */
  made: PostedDocument[];
  /** Why something is not posted, or differs from what was meant. */
  problem: Problem | null;
}

/** A return whose credits are posted. */
export interface CreditedReturn {
  event: ReturnEvent;
  credits: readonly PostedDocument[];
}

/** The documents of a return in either product of Dynamics 365: what its nodes need. */
export interface D365Connector extends ErpConnector {
  readonly product: 'fscm' | 'bc';
  /** HTTP calls made so far, a batch counting once. */
  readonly calls: number;
  /** How documents are posted, in a few words for the status. */
  readonly postingWay: string;
  /** Goods come in with the credit, so that their arrival has no document of its own. */
  readonly goodsWithCredit: boolean;
  /** Throws `d365-names-missing` (config) where the environment lacks what is sent. */
  ready(signal?: AbortSignal): Promise<void>;
  testConnection(signal?: AbortSignal): Promise<ConnectionTestResult>;
  createReturnOrder(
    event: ReturnEvent,
    policy: ReturnOrderPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<ReturnOrderOutcome>;
  /** The same for many returns with few calls. Throws only where nothing could be begun. */
  createReturnOrders(
    events: readonly ReturnEvent[],
    policy: ReturnOrderPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<(ReturnOrderOutcome | LedgerError)[]>;
  /** Registers the goods that an event says have arrived. */
  receiveGoods(
    event: ReturnEvent,
    known: readonly PostedDocument[],
    policy: ArrivalPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<PostedDocuments>;
  /**
   * The same for many returns with few calls, where the product can import journals in bulk. Each has its own journals and
   * outcome. Throws only where nothing could be begun.
   */
  receiveGoodsTogether?(
    events: readonly ReturnEvent[],
    policy: ArrivalPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<(PostedDocuments | LedgerError)[]>;
  /** Posts the credit of a return whose goods are accepted, and reads it back. */
  postCredit(
    event: ReturnEvent,
    known: readonly PostedDocument[],
    policy: CreditNotePolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<PostedDocuments>;
  /** Books the refund of a credit that is posted. */
  bookRefund(
    event: ReturnEvent,
    credits: readonly PostedDocument[],
    policy: RefundPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<PostedDocuments>;
  /**
   * The same for many returns with few calls, where the product can import journals in bulk. Each has its own journals and
   * outcome. Throws only where nothing could be begun.
   */
  bookRefundsTogether?(
    credited: readonly CreditedReturn[],
    policy: RefundPolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<(PostedDocuments | LedgerError)[]>;
  /** Creates or finds the replacement order of a return. */
  createExchange(
    event: ReturnEvent,
    known: readonly PostedDocument[],
    policy: ExchangePolicy,
    store: ReturnsStore,
    signal?: AbortSignal,
  ): Promise<PostedDocuments>;
}
