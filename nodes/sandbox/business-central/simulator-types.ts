import type { Simulator } from '../simulator';
import type { World, WorldItem, WorldOrder } from '../world';
import type { ObservedLedger } from './observed-types';
import type { RefusalOverrides } from './refusal-texts';

export type * from './observed-types';

/** An app registration with its card in Business Central (B1). */
export interface BusinessCentralClient {
  clientId: string;
  clientSecret: string;
  /** State of the card; without it every call is 401 although the token is good. */
  enabled?: boolean;
  /** Sets that its permission sets leave out: 403. */
  forbiddenSets?: readonly string[];
}

export interface TaxGroup {
  code: string;
  /** In percent. */
  rate: number;
}

export interface ItemUnit {
  code: string;
  /** Base units in one. */
  quantity: number;
}

/** A return reason of table 6635: not in the API, reachable only by page service or custom API (B5). */
export interface ReturnReason {
  code: string;
  description: string;
  defaultLocation?: string;
  valueZero?: boolean;
}

/** Names under which pages and codeunits are published (B5, way 3). What is left out is not published. */
export interface PublishedServices {
  /** Page 6630. */
  returnOrder?: string;
  /** Its lines; by default the name of the page with `SalesLines` behind it [I]. */
  returnOrderLines?: string;
  /** Page 5404, the units of an item with their quantities. */
  itemUnits?: string;
  returnReasons?: string;
  /** A codeunit of the customer's with the procedures `Receive` and `Invoice`; its parameter is `returnOrderNo`. */
  posting?: string;
}

/**
 * Simulated Dynamics 365 Business Central, API v2.0, written from `reference/dynamics365.md` part B and D2 and not
 * from any connector. What the reference marks as inferred [I] or unknown [U] is an option here, or one of
 * `refusals`, so that a connector cannot lean on a guess.
 */
export interface BusinessCentralSimulatorOptions {
  world: World;
  tenant: string;
  clientId: string;
  clientSecret: string;
  /** More apps: every one has limits of its own (B3). */
  otherClients?: readonly BusinessCentralClient[];
  /** Name of the environment in the path. */
  environment?: string;
  /** A second company, to which nothing belongs. */
  otherCompany?: string;
  now?: () => number;
  wait?: (milliseconds: number) => Promise<void>;
  seed?: number;
  /**
   * Where the simulator is reached, without a slash at the end; page links are then absolute, as in the product.
   * Without it they are relative to the page they stand on.
   */
  publicUrl?: () => string;
  tokenLifetimeSeconds?: number;
  /** Version of the application: return orders can be read from 29 on (B4) [I]. */
  version?: number;
  /** What the environment lacks: `set` or `set.property`. */
  metadataOmit?: readonly string[];
  /** Language of error texts where a call names none [I]. */
  userLanguage?: string;
  /** At most 20,000 (B3). */
  pageSize?: number;
  maxBodyBytes?: number;
  maxBatchOperations?: number;
  maxSubscriptions?: number;

  /** Whether the shop's prices contain tax; default yes. Documents take it from the customer, and it cannot be sent. */
  pricesIncludeTax?: boolean;
  taxGroups?: readonly TaxGroup[];
  /** Tax group of an item; by default every fifth is zero-rated and every fifth reduced, so that orders are mixed. */
  taxGroupOf?: (item: WorldItem, index: number) => string;
  /** Currencies besides the world's, which is the local one. The exchange rate is always 1. */
  otherCurrencies?: readonly string[];
  /** Units of an item; the first is its base unit. Default `PCS`, and `BOX` of ten. `PALLET` exists, for no item. */
  unitsOf?: (item: WorldItem) => readonly ItemUnit[];
  /** Items of type Service, such as the return fee; default `RETFEE`. */
  serviceItems?: readonly { number: string; name: string }[];
  variants?: readonly { item: string; code: string }[];
  /** Reason codes of the header; default `FIT`, `DMG`, `MIND`, `WRONG`. */
  reasonCodes?: readonly string[];
  returnReasons?: readonly ReturnReason[];
  /** Locations that need warehouse receipts: a credit memo cannot be posted there (B5.1). */
  warehouseLocations?: readonly string[];
  /** How much of a shop invoice is paid; web orders normally are, in full [I]. */
  paidShare?: (order: WorldOrder, index: number) => number;
  /** Units of every stocked item at the main location before the shop's sales are taken off. */
  initialStock?: number;

  services?: PublishedServices;
  /** A custom API of the customer's with the sets `itemUnitsOfMeasure` and `returnReasons`, read-only (B5, way 4). */
  customApi?: { publisher: string; group: string; version: string };

  /** [I] An operation that fails in a batch with `Isolation: snapshot` takes back all that is not committed; the rest is still run (default), or skipped. */
  snapshotRunsOn?: boolean;
  /** [I] Posting commits, so that a snapshot batch cannot take back what came before it (default). */
  postingCommits?: boolean;
  /** [I] Documents in approval or released cannot be changed (default). */
  changeNeedsOpen?: boolean;
  /** [I] Actions are run by POST alone (default), or also by their own name as verb, as the pages print it. */
  actionNamesAsVerbs?: boolean;
  /** [I] What a blank date looks like; default `0001-01-01`. */
  blankDate?: string;
  /** [I] The draft that `makeCorrectiveCreditMemo` makes begins with a comment line that names the invoice (default). */
  correctiveComment?: boolean;
  /** Statuses, codes and words of refusals. */
  refusals?: RefusalOverrides;

  /** Sends a webhook, or the handshake, and tells the answer; status 0 where there was none. */
  deliver?: (request: WebhookRequest) => Promise<{ status: number; body: string }>;
  /** [U] Waits between the tries of a notification; when they are used up it is given up. The product tries for 36 hours. */
  webhookRetryDelaysMs?: readonly number[];
}

export interface WebhookRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Faults, and what a person sets in the application's set-up, switched while it runs. */
export interface BusinessCentralDials {
  /** Every call takes this long, in milliseconds; more than 8 minutes is 408 (B3). */
  latencyMs: number;
  limitsOff: boolean;
  /** Calls of one app in a sliding window of five minutes; more are 429. */
  callsPerWindow: number;
  /** Calls of one app worked on at a time; more wait. */
  concurrentCalls: number;
  /** Calls of one app that may wait; more are 429. */
  queuedCalls: number;
  /** The next calls are refused with 429. */
  throttleNext: number;
  /** [U] `Retry-After` of a 429; 0 sends none, as the documentation promises none. */
  throttleRetryAfterSeconds: number;
  /** The next calls are answered with 503, or 502, and `Retry-After`. */
  unavailableNext: number;
  badGatewayNext: number;
  retryAfterSeconds: number;
  /** The next calls run into the operation timeout: 408, and what they did is taken back. */
  operationTimeoutNext: number;
  /** The next calls are answered with 504 by the gateway. */
  gatewayTimeoutNext: number;
  /** Whether such a call is carried out all the same. */
  gatewayTimeoutCommits: boolean;
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
  lateCommitNext: number;
  /** The next writes meet a locked table: 500. */
  lockedNext: number;
  /** The next changes and actions find that another user was faster: 409. */
  conflictNext: number;
  /** The next credit memos that are posted leave no item entries: credited, and the goods are not in stock (C1 #4). */
  noItemEntriesNext: number;

  /** First and last day on which may be posted, `YYYY-MM-DD`; empty where there is no limit. */
  postingAllowedFrom: string;
  postingAllowedTo: string;
  /** Last day of the closed inventory periods; empty where none is closed. */
  inventoryClosedUntil: string;
  externalNumberMandatory: boolean;
  /** Not the product, but an extension some customers have: a second use of an external number is refused (C1 #11). */
  externalNumberUnique: boolean;
  exactCostReversing: boolean;
  /** Posting a credit memo also makes a return receipt. */
  returnReceiptOnCreditMemo: boolean;
  /** Documents are rounded to this many of the currency's smallest unit by a line of their own; 0 does not round. */
  invoiceRounding: number;
  postedNumbersExhausted: boolean;
}

export interface BusinessCentralSimulator extends Simulator {
  readonly dials: BusinessCentralDials;
  readonly observer: ObservedLedger;
  /** The id of the world's company. */
  readonly companyId: string;
  /** Ends every token that is out. */
  expireTokens(): void;
  /** The card of an app is switched, or its permissions. */
  setAccess(clientId: string, access: Pick<BusinessCentralClient, 'enabled' | 'forbiddenSets'>): void;
  /** Sets fields of rows, as a person would; names and values as the API has them. Tells how many. */
  change(
    set: string,
    fields: Readonly<Record<string, string>>,
    change: Readonly<Record<string, string | number | boolean>>,
  ): number;
  /** The two flags of an item; *Sales Blocked* is not in the API. */
  blockItem(number: string, flags: { blocked?: boolean; salesBlocked?: boolean }): void;
  /** A draft credit memo is sent for approval, released or reopened. */
  setDraftStatus(id: string, status: 'Draft' | 'In Review' | 'Open'): void;
  /** What is paid of a shop order's invoice, in minor units of its total. */
  payInvoice(orderNumber: string, amountMinor: number): void;
  /** The sales order of an invoiced shop order still exists, as with a partial delivery. */
  keepOrder(orderNumber: string): void;
  /** A credit memo for a whole shop order that somebody else made and posted; gives its number. */
  addForeignCreditMemo(orderNumber: string, externalDocumentNumber?: string): string;
  /** Takes an order of the shop over as it is there now: imported late, or invoiced since. */
  takeOver(order: WorldOrder): void;
}
