import type { ReturnTopic } from './event';

/** When money moves (DESIGN section 7), from the earliest to the most careful. */
export const CREDIT_TIMINGS = ['on-initiation', 'on-scan', 'on-received', 'on-accepted'] as const;
export type CreditTiming = (typeof CREDIT_TIMINGS)[number];

/** How far along its way a return must be, for each timing. */
export const LEAST: Readonly<Record<CreditTiming, number>> = {
  'on-initiation': 1,
  'on-scan': 2,
  'on-received': 4,
  'on-accepted': 5,
};

/** How far along its way an event says that the goods are; those that tell nothing of the goods have none. */
export const GOODS_AT: Readonly<Partial<Record<ReturnTopic, number>>> = {
  'return.started': 1,
  'return.dropped_off': 2,
  'return.in_transit': 3,
  'return.received': 4,
  'return.accepted': 5,
};

/** Whether an event lets the credit be raised. A rejection and a cancellation never do. */
export function raisesCredit(topic: ReturnTopic, timing: CreditTiming): boolean {
  // A platform that has paid the customer has seen all that the policy waits for.
  const reached = topic === 'return.refunded' ? 6 : (GOODS_AT[topic] ?? 0);
  return reached >= LEAST[timing];
}

/** Whether money goes out before the goods are in, so that the exposure is to be watched (R98, R206). */
export function isEarly(timing: CreditTiming): boolean {
  return timing === 'on-initiation' || timing === 'on-scan';
}
