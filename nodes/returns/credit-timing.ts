import type { ReturnEvent, ReturnMessage, ReturnTopic } from './event';

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

/** What the decision about a credit looks at. */
export interface CreditFacts {
  payload: Pick<ReturnEvent, 'topic' | 'lines'>;
  /** As in the message: a Return Gate counts the goods as accepted. */
  goodsAccepted?: ReturnMessage['goodsAccepted'];
}

/**
 * Whether an event lets the credit be raised. A rejection and a cancellation never do.
 *
 * A refund alone says that the platform has paid, and nothing of the goods: Happy Returns approves refunds at the scan of
 * a Return Bar, and refunds what never comes back (`reference/returns-platforms.md` 4.3). So it counts as a return that
 * was handed in, and as accepted only where that is known besides (R87).
 */
export function raisesCredit(facts: CreditFacts, timing: CreditTiming): boolean {
  const { topic } = facts.payload;
  const reached = topic === 'return.refunded' ? refundReached(facts) : (GOODS_AT[topic] ?? 0);
  return reached >= LEAST[timing];
}

function refundReached({ payload, goodsAccepted }: CreditFacts): number {
  return goodsAccepted === true || isInspectedRefund(payload) ? LEAST['on-accepted'] : LEAST['on-scan'];
}

/** A refund that carries the warehouse's own decision on every line: it can only decide on what it has looked at. */
export function isInspectedRefund({ topic, lines }: Pick<ReturnEvent, 'topic' | 'lines'>): boolean {
  const items = lines.filter(({ kind }) => kind === 'item');
  return (
    topic === 'return.refunded' &&
    items.length > 0 &&
    items.every(({ confirmedDisposition }) => confirmedDisposition !== null)
  );
}

/** Whether money goes out before the goods are in, so that the exposure is to be watched (R98, R206). */
export function isEarly(timing: CreditTiming): boolean {
  return timing === 'on-initiation' || timing === 'on-scan';
}
