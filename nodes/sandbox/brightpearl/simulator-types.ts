import type { Simulator } from '../simulator';
import type { World, WorldItem, WorldOrder } from '../world';
import type { RefusalOverrides } from './refusal';
import type { SimBundle, SimStatus, SimTaxCode } from './records';

/** How a caller may identify itself; what is left out is not accepted. */
export interface BrightpearlAuthOptions {
  /** `brightpearl-app-ref`; sent with every kind (help 211124966 [D]). */
  appRef: string;
  /** Token of a private system app, in `brightpearl-account-token` [D]. */
  accountToken?: string;
  /**
   * Tokens of a private staff app with the contact id of the staff member each acts for, in `brightpearl-staff-token`
   * (help 4414311366545 [D]); also taken in `brightpearl-account-token`, as older apps send it [I].
   */
  staffTokens?: Readonly<Record<string, number>>;
  /** An OAuth instance app: `Authorization: Bearer` with `brightpearl-dev-ref` and `brightpearl-app-ref` (help 4414330000657 [D]). */
  oauth?: { token: string; devRef: string };
  /** Services that these credentials may not use: 403. */
  forbiddenServices?: readonly string[];
}

/** See `docs/brightpearl-simulator-notes.md` for what is documented, inferred [I] and unknown [U]. */
export interface BrightpearlSimulatorOptions {
  world: World;
  /** The account code in the path. */
  account: string;
  auth: BrightpearlAuthOptions;
  now?: () => number;
  wait?: (milliseconds: number) => Promise<void>;
  seed?: number;

  /** Currency of the accounts; default is the world's. The exchange rate is always 1. */
  accountingCurrency?: string;
  taxCodes?: readonly SimTaxCode[];
  /** Tax code of an item; by default every fifth is zero-rated and every fifth reduced, so that orders are mixed. */
  taxCodeOf?: (item: WorldItem, index: number) => string;
  /** `INC`: the shop's prices contain tax; `EXC`: tax comes on top. Default `INC`. */
  priceMode?: 'INC' | 'EXC';
  /**
   * Products that are bundles: an item of the shop, or a product that only Brightpearl has. Without components the
   * latter is a plain product.
   */
  bundles?: readonly SimBundle[];
  channels?: readonly { id: number; name: string }[];
  channelOf?: (order: WorldOrder, index: number) => number;
  /** A free text row for delivery on every order, tax included. */
  delivery?: { name: string; amountMinor: number; taxCode: string };
  /** Payment methods; only one with a bank account gets a journal [D]. Every seventh order is paid with two. */
  paymentMethods?: readonly { code: string; name: string; bankAccount: string | null }[];
  statuses?: readonly SimStatus[];
  /** The integration instance that imported the shop's orders. */
  shopInstanceId?: number;
  /** Units of every live product in the default location of the main warehouse. */
  initialStock?: number;

  /** `rolling` (default) or `period`: the page allows both readings. */
  throttleKind?: 'rolling' | 'period';
  throttlePeriodMs?: number;
  /** [I] An empty answer to an id set is 404 everywhere but for sales orders and credits. Off: 200 with an empty list. */
  emptyIs404?: boolean;
  /** [U] A field that the documentation does not name is refused (default) or ignored. */
  refuseUnknownFields?: boolean;
  /** [D] `externalRef` and instance are a unique key (default). Off: to see what happens without it. */
  uniqueKey?: boolean;
  /** [U] A parent that is no sales order is refused (default). */
  checkParent?: boolean;
  /** [U] A credit on a locked order is refused (default). */
  refuseCreditOnLockedParent?: boolean;
  /** [U] A credit on an order in "invoice pending" is refused; default off. */
  refuseCreditOnPendingParent?: boolean;
  /** [U] More units than the original row has left cannot be credited; default off. */
  limitToOriginal?: boolean;
  /** [U] A sales order takes `parentId`, as a sales credit does (default); off: the field is not known. */
  salesOrderTakesParent?: boolean;
  /** [I] Archived products are refused on new orders and credits (default), on orders only, or never. */
  archivedRefusedOn?: 'all' | 'sales-orders' | 'none';
  /** [U] Statuses of a credit that must be left before it can be closed (manual authorisation). */
  closeRefusedInStatuses?: readonly number[];
  /** [I] A locked accounting period leaves the credit pending (default), or the close itself is refused. */
  periodLockAnswer?: 'stay-pending' | 'refuse';
  /** [I] Name of the row's id in a goods-in note on a credit: the GET page says `purchaseOrderRowId` stands for it. */
  goodsInRowField?: string;
  /** [U] Sales orders are allocated from stock as they are created (default). */
  autoAllocate?: boolean;
  /** [U] `order-search` takes the set filter `customerRefs`, as `sales-order-search` does [D]; default off. */
  orderSearchTakesCustomerRefs?: boolean;
  /** [I] A multi-message counts as one request (default), as a vendor-neutral client states; off: each message counts. */
  multiMessageCountsOnce?: boolean;
  /** Statuses, codes and words of refusals. */
  refusals?: RefusalOverrides;

  /** Sends a webhook and tells the status of the answer; 0 where there was none. */
  deliver?: (request: WebhookRequest) => Promise<number>;
  /** [U] Waits between the tries of a webhook; when they are used up it is given up. */
  webhookRetryDelaysMs?: readonly number[];
}

export interface WebhookRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Faults that can be switched on while it runs. */
export interface BrightpearlDials {
  /** Every call takes this long, in milliseconds. */
  latencyMs: number;
  throttleOff: boolean;
  throttleLimit: number;
  /** The next calls are answered by the gateway with 503 and a page of HTML, without the throttle's headers. */
  unavailableNext: number;
  /** The next calls are answered with 401, as with a token that was just revoked. */
  unauthorisedNext: number;
  /** The next writes are carried out, and their answer is lost. */
  dropAfterCommitNext: number;
  /** The share of writes to which that happens, 0 to 1. */
  dropAfterCommitShare: number;
  /** The next writes never arrive. */
  dropBeforeCommitNext: number;
  /** Late writes are carried out this long after the caller was cut off, in milliseconds. */
  lateCommitMs: number;
  /** How many of the next writes are carried out late. */
  lateCommitNext: number;
  /** How long invoicing takes after a close. */
  closeAfterMs: number;
  /** How many of the next closes fail in accounting: the credit stays pending. */
  closeFailsNext: number;
  /** The last locked day, `YYYY-MM-DD`; empty where no lock is set. */
  periodLockedUntil: string;
  /** The staff member who set the lock: only they post before its end [D]. */
  periodLockedBy: number;
}

export interface ObservedCall {
  method: string;
  path: string;
  status: number;
  at: number;
}

export interface ObservedRow {
  rowId: number;
  sku: string | null;
  name: string;
  quantity: number;
  /** Hundredths of the currency. */
  net: number;
  tax: number;
  taxCode: string;
  nominalCode: string;
  externalRef: string | null;
  bundleParent: boolean;
  parentRowId: number | null;
}

export interface ObservedOrder {
  id: number;
  ref: string;
  externalRef: string | null;
  instanceId: number | null;
  parentId: number | null;
  customerId: number;
  statusId: number;
  warehouseId: number;
  channelId: number;
  currency: string;
  state: 'live' | 'pending' | 'invoiced' | 'cancelled';
  invoiceReference: string;
  /** Made by a person or another app, not by a call. */
  foreign: boolean;
  allocation: string;
  stock: string;
  rows: ObservedRow[];
  net: number;
  tax: number;
  gross: number;
}

export interface ObservedNote {
  id: number;
  orderId: number;
  warehouseId: number;
  batchReference: string | null;
  lines: { sku: string; rowId: number; quantity: number; locationId: number; quarantine: boolean }[];
}

export interface ObservedStock {
  sku: string;
  warehouseId: number;
  locationId: number;
  quarantine: boolean;
  quantity: number;
}

export interface ObservedPayment {
  id: number;
  orderId: number;
  type: string;
  method: string;
  transactionRef: string | null;
  amount: number;
  journalId: number | null;
}

/** One line a credit or order that accounting has invoiced, in hundredths. */
export interface LedgerEntry {
  orderId: number;
  type: 'SC' | 'SO';
  invoiceReference: string;
  taxDate: string;
  net: number;
  tax: number;
  gross: number;
}

export interface ObservedDelivery {
  webhookId: number;
  event: string;
  resourceIds: string;
  qualityOfService: number;
  /** Statuses of the answers, one a try; 0 where there was none. */
  answers: number[];
  outcome: 'delivered' | 'given-up' | 'open';
}

export interface ForeignCredit {
  /** Rows of the original and how many units of each; default is the whole order. */
  rows?: readonly { rowId: number; quantity: number }[];
  /** Where no rows are named: so many units of each row, with the value of all of them, as somebody mistypes it. */
  unitsAtFullValue?: number;
  ref?: string;
  /** Reference and instance of another app, such as the shop's; a person's credit has none. */
  externalRef?: string;
  instanceId?: number;
  /** Invoiced at once. */
  invoiced?: boolean;
}

export interface BrightpearlSimulator extends Simulator {
  readonly dials: BrightpearlDials;
  readonly observer: {
    /** How many calls came, the throttled ones included. */
    calls(): number;
    /** The last thousand calls. */
    recent(): readonly ObservedCall[];
    /** Calls by method and path, with `{id}` for ids. */
    byPath(): Record<string, number>;
    throttleReplies(): number;
    salesCredits(): ObservedOrder[];
    /** Sales orders that were created by a call: the exchanges. */
    exchangeOrders(): ObservedOrder[];
    goodsInNotes(): ObservedNote[];
    stock(): ObservedStock[];
    /** Payments that were made by a call. */
    payments(): ObservedPayment[];
    ledger(): LedgerEntry[];
    webhooks(): ObservedDelivery[];
    /** Everything late (commits, invoicing, webhooks) has happened. */
    settled(): Promise<void>;
  };
  /** The id of the sales order of a shop order's number. */
  orderId(number: string): number | undefined;
  productId(sku: string): number | undefined;
  /** Locks an order [U]: how Brightpearl shows it is not documented, so the sign can be chosen. */
  lockOrder(orderId: number, shown?: 'status' | 'invoice-pending' | 'hidden'): void;
  unlockOrder(orderId: number): void;
  setOrderState(orderId: number, state: 'live' | 'pending' | 'invoiced' | 'cancelled' | 'historical'): void;
  /** Changes a row as a person in Brightpearl would; amounts in hundredths. */
  changeRow(orderId: number, rowId: number, change: { quantity?: number; net?: number; tax?: number }): void;
  /** A credit on the order that someone else made. */
  addForeignCredit(orderId: number, credit?: ForeignCredit): number;
  setProductStatus(sku: string, status: 'LIVE' | 'DISCONTINUED' | 'ARCHIVED'): void;
}
