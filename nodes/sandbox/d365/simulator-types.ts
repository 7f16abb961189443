import type { Simulator } from '../simulator';
import type { World, WorldOrder } from '../world';
import type { BatchLogEntry } from './batch-jobs';
import type { BusinessEvent, EventTarget } from './business-events';
import type {
  ObservedArrival,
  ObservedCreditNote,
  ObservedPaymentLine,
  ObservedQuarantine,
  ObservedRefund,
  ObservedReturnOrder,
  ObservedSalesOrder,
  ObservedStock,
} from './observed-types';
import type { Row } from './odata-filter';
import type { Operator } from './operator';
import type { ErpRules } from './rules';
import type { LegacyLimits } from './throttle';

/**
 * Simulated Dynamics 365 Finance & Supply Chain Management, written from `reference/dynamics365.md` part A and D1.
 * It keeps companies apart, checks relations and states, refuses as the product does, and enforces no uniqueness of
 * our reference: a connector that is not careful makes duplicates here as it would there.
 */
export interface D365SimulatorOptions extends Partial<ErpRules> {
  world: World;
  tenant: string;
  clientId: string;
  clientSecret: string;
  /** A second company, to which nothing belongs. */
  otherCompany?: string;
  /** Status of a business refusal: 400 in newer captures, 500 in older ones (A2.1). */
  validationStatus?: 400 | 500;
  /** At most 10,000 (A2). */
  pageSize?: number;
  tokenLifetimeSeconds?: number;
  /** What the environment lacks: `Set` or `Set.Property`. */
  metadataOmit?: readonly string[];
  /** Fields that it has besides, of `EXTENSIONS`: `Set.Property`. */
  extensions?: readonly string[];
  /** The application is known to Entra but not to the ERP: its token is good and its calls get 401 (A1) [U]. */
  registeredApp?: boolean;
  /** The limits per user of older versions (A3); none unless given. */
  legacyLimits?: LegacyLimits;
  /** Where it is reached from outside, for the addresses that it gives; unless given, `/d365` at the caller's host. */
  publicUrl?: string;
  /** Where business events go (A13); none are raised without it. */
  businessEvents?: EventTarget;
  now?: () => number;
  wait?: (milliseconds: number) => Promise<void>;
  seed?: number;
}

/** Faults that can be switched on while it runs. */
export interface D365Dials {
  /** Every call takes this long, in milliseconds. */
  latencyMs: number;
  /** The next calls are refused with 429 and `Retry-After`. */
  throttleNext: number;
  retryAfterSeconds: number;
  /** The next parts of batches are refused so, each by itself, while the rest of their batch is carried out. */
  throttlePartsNext: number;
  /** The next calls are answered by the gateway with 503 and a page of HTML. */
  unavailableNext: number;
  /** The next writes are carried out, and their answer is lost. */
  dropAfterCommitNext: number;
  /** The share of writes to which that happens, 0 to 1. */
  dropAfterCommitShare: number;
  /** The next batches with writes are carried out up to that many parts; then the connection is cut. 0: whole. */
  cutBatchAfter: number;
  cutBatchNext: number;
  /** The next writes never arrive. */
  dropBeforeCommitNext: number;
  /** The next writes meet an update conflict. */
  updateConflictNext: number;
  /** Writes are carried out this long after the caller was cut off, in milliseconds: a commit slower than the client. */
  lateCommitMs: number;
  /** How many of the next writes are carried out late. */
  lateCommitNext: number;
  /** The next calls of the posting service end in a fault before anything is posted (A2.1). */
  serviceFaultNext: number;
  /** How often the batch jobs run, by the simulator's clock; 0: never by themselves (A7). */
  arrivalJobSeconds: number;
  packingSlipJobSeconds: number;
  invoiceJobSeconds: number;
  paymentJobSeconds: number;
  /** How long each stage of a data package takes, by the simulator's clock (A12). */
  packageStageSeconds: number;
  /** Above 0: GetExecutionErrors gives an empty list although the import failed (A12). */
  packageErrorsHidden: number;
  /** Business events are shuffled within windows of this many, so that ControlNumbers come out of order (A13). */
  eventReorderWindow: number;
  /** The share of business events that come twice, 0 to 1. */
  eventDuplicateShare: number;
}

export interface ObservedCall {
  method: string;
  path: string;
  status: number;
  at: number;
}

export interface D365Simulator extends Simulator {
  readonly dials: D365Dials;
  readonly observer: {
    /** How many calls came, each part of a batch not counted apart. */
    calls(): number;
    /** The last thousand calls. */
    recent(): readonly ObservedCall[];
    returnOrders(): ObservedReturnOrder[];
    /** Stock by warehouse, location and place, and what was scrapped. */
    stock(): ObservedStock[];
    creditNotes(): ObservedCreditNote[];
    /** Lines of payment journals, posted or not, with what they settle. */
    refunds(): ObservedRefund[];
    arrivals(): ObservedArrival[];
    /** Exchanges and replacements. */
    salesOrders(): ObservedSalesOrder[];
    quarantine(): ObservedQuarantine[];
    /** Payment lines of the call center. */
    paymentLines(): ObservedPaymentLine[];
    /** The last thousand documents that the batch jobs took up, with what came of them. */
    batchLog(): readonly BatchLogEntry[];
    /** Business events that could not be delivered. */
    failedEvents(): readonly BusinessEvent[];
    /** Everything late has been carried out, and every event delivered or given up. */
    settled(): Promise<void>;
  };
  readonly operator: Operator;
  /** Ends every token that is out, as an expiry would. */
  expireTokens(): void;
  /** Sets a field of a row, as a person in the ERP would. */
  change(set: string, find: (row: Row) => boolean, change: Row): void;
  /** Takes an order of the shop over as it is there now: imported late, or invoiced since. */
  takeOver(order: WorldOrder): void;
}
