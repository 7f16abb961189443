import type { ReturnEvent } from '../returns/event';
import type { Mappings } from '../returns/mappings';
import type { PostingRules } from '../returns/posting-checks';
import type { InvoiceRule } from './order-state';
import type { OthersPolicy } from './others';
import type { CreditRules } from './plan-credit';

export { CREDIT_TIMINGS, isEarly, raisesCredit, type CreditTiming } from '../returns/credit-timing';

/** How credits are made: what the dialog of the node sets. */
export interface CreditPolicy extends PostingRules {
  /** What the platform's codes are in Brightpearl; null where its SKUs and units are taken as they come. */
  mappings: Mappings | null;
  rules: CreditRules;
  invoiceRule: InvoiceRule;
  historicalOrders: boolean;
  others: OthersPolicy;
  /** How many days before the event a credit of others counts as made for the same return. */
  othersDays: number;
  /** Where the books are kept, for the day of a credit. */
  timeZone: string;
  closedPeriod: 'defer' | 'park';
  /** Where the goods are to come in; null for the warehouse of the original order. */
  warehouseId: number | null;
  /** Status of the credit by the reasons of its lines (R64); null for the account's default. */
  statusOf(event: ReturnEvent): number | null;
}
