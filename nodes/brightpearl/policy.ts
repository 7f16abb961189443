import type { ReturnEvent, ReturnTopic } from '../returns/event';
import type { PostingRules } from '../returns/posting-checks';
import type { InvoiceRule } from './order-state';
import type { OthersPolicy } from './others';
import type { CreditRules } from './plan-credit';

/** When money moves (DESIGN section 7). */
export const CREDIT_TIMINGS = ['on-initiation', 'on-scan', 'on-received', 'on-accepted'] as const;
export type CreditTiming = (typeof CREDIT_TIMINGS)[number];

/** How credits are made: what the dialog of the node sets. */
export interface CreditPolicy extends PostingRules {
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

/** How far along its way a return must be, for each timing. */
const LEAST: Readonly<Record<CreditTiming, number>> = {
  'on-initiation': 1,
  'on-scan': 2,
  'on-received': 4,
  'on-accepted': 5,
};

/** How far along its way an event says that a return is; those that move no money have none. */
const REACHED: Partial<Record<ReturnTopic, number>> = {
  'return.started': 1,
  'return.dropped_off': 2,
  'return.in_transit': 3,
  'return.received': 4,
  'return.accepted': 5,
  'return.refunded': 6,
};

/** Whether an event lets the credit be raised. A rejection and a cancellation never do. */
export function raisesCredit(topic: ReturnTopic, timing: CreditTiming): boolean {
  return (REACHED[topic] ?? 0) >= LEAST[timing];
}

/** Whether money goes out before the goods are in, so that the exposure is to be watched (R98, R206). */
export function isEarly(timing: CreditTiming): boolean {
  return timing === 'on-initiation' || timing === 'on-scan';
}
