import type { PostedDocument, ReturnEvent } from '../returns/event';
import { returnKey } from '../returns/event';
import { formatDecimal, negateMoney } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import { postOnce, type PostingAttempt } from '../runtime/post-once';
import { BrightpearlRefusal } from './errors';
import type { BrightpearlParts } from './parts';
import { planRefund, type PlannedRefund, type RefundPolicy } from './plan-refund';
import type { PaymentRow } from './reader';
import { createdId } from './records';
import { describeRefusal } from './refused-lines';
import { mappingsOfCredit, SYSTEM } from './sales-credit';

export const REFUND_KIND = 'credit-refund';

export type RefundOutcome =
  { outcome: 'booked'; documents: PostedDocument[] } | { outcome: 'exception'; problem: Problem };

/**
 * Books the refund of a credit, after the credit exists (R89): one payment for each method that the order was paid
 * with, with our reference. Reference and method together are unique in Brightpearl (customer-payment POST), so none
 * is booked twice. Throws a {@link LedgerError} where Brightpearl or the network fails.
 */
export async function bookRefund(
  event: ReturnEvent,
  credit: PostedDocument,
  policy: RefundPolicy,
  parts: BrightpearlParts,
  signal?: AbortSignal,
): Promise<RefundOutcome> {
  const stored = await parts.store.documentsOf(returnKey(event));
  const known = stored.filter(
    ({ kind, references }) => kind === REFUND_KIND && references['credit'] === credit.number,
  );
  if (known.some(({ references }) => references['last'] === 'true'))
    return { outcome: 'booked', documents: known };
  const payments = await paymentsAround(credit, parts, signal);
  const planned = planRefund(event, credit, payments, policy);
  if ('problem' in planned) return { outcome: 'exception', problem: planned.problem };
  const documents: PostedDocument[] = [];
  for (const [index, refund] of planned.refunds.entries()) {
    const last = index === planned.refunds.length - 1;
    const booked = await bookOne(event, credit, { ...refund, last }, payments, parts, signal);
    if ('problem' in booked) return { outcome: 'exception', problem: booked.problem };
    documents.push(booked.document);
  }
  return { outcome: 'booked', documents };
}

/** Payments of the original order and of all credits on it. */
async function paymentsAround(
  credit: PostedDocument,
  { reader }: BrightpearlParts,
  signal?: AbortSignal,
): Promise<PaymentRow[]> {
  const order = Number(credit.references['salesOrder']);
  const credits = await reader.creditsOfOrder(order, signal);
  const ids = new Set([order, Number(credit.id), ...credits.map(({ id }) => id)]);
  return (await Promise.all([...ids].map((id) => reader.payments(id, signal)))).flat();
}

type Booked = { document: PostedDocument } | { problem: Problem };

async function bookOne(
  event: ReturnEvent,
  credit: PostedDocument,
  refund: PlannedRefund & { last: boolean },
  payments: readonly PaymentRow[],
  parts: BrightpearlParts,
  signal?: AbortSignal,
): Promise<Booked> {
  const { store, surroundings, connectionId, settings } = parts;
  const key = returnKey(event);
  const reference = credit.references['reference'] ?? '';
  return postOnce<Booked>(
    { connectionId, kind: REFUND_KIND, key: `${key}#${refund.method}`, returnKey: key, reference },
    {
      posted: (document) => ({ document }),
      post: async (attempt) => {
        const there = ownPayment(payments, reference, refund.method);
        attempt.lookedUp();
        if (there) return { document: await complete(attempt, credit, refund, there.id, parts) };
        return send(attempt, credit, refund, reference, parts, signal);
      },
    },
    { store, surroundings, limitMs: 5 * settings.timeoutSeconds * 1000, signal },
  );
}

async function send(
  attempt: PostingAttempt,
  credit: PostedDocument,
  refund: PlannedRefund & { last: boolean },
  reference: string,
  parts: BrightpearlParts,
  signal?: AbortSignal,
): Promise<Booked> {
  const body = {
    transactionRef: reference,
    paymentMethodCode: refund.method,
    paymentType: 'PAYMENT',
    orderId: Number(credit.id),
    currencyIsoCode: refund.amount.currency,
    amountPaid: formatDecimal(refund.amount),
    paymentDate: instantOf(parts.surroundings.clock),
    journalRef: reference,
  };
  try {
    const answer = await attempt.write((assertAlive) =>
      parts.client.write({ method: 'POST', path: '/accounting-service/customer-payment', body, assertAlive }),
    );
    return { document: await complete(attempt, credit, refund, createdId(answer), parts) };
  } catch (thrown) {
    if (!(thrown instanceof BrightpearlRefusal) || thrown.class !== 'data-invalid') throw thrown;
    const there = ownPayment(
      await parts.reader.payments(Number(credit.id), signal),
      reference,
      refund.method,
    );
    if (there) return { document: await complete(attempt, credit, refund, there.id, parts) };
    return { problem: describeRefusal(thrown, []) };
  }
}

function ownPayment(
  payments: readonly PaymentRow[],
  reference: string,
  method: string,
): PaymentRow | undefined {
  return payments.find(
    (payment) =>
      payment.transactionRef === reference && payment.method.toUpperCase() === method.toUpperCase(),
  );
}

async function complete(
  attempt: PostingAttempt,
  credit: PostedDocument,
  refund: PlannedRefund & { last: boolean },
  id: number,
  parts: BrightpearlParts,
): Promise<PostedDocument> {
  const method = (await parts.directory.paymentMethods()).get(refund.method);
  const document: PostedDocument = {
    system: SYSTEM,
    kind: REFUND_KIND,
    number: String(id),
    id: String(id),
    references: {
      credit: credit.number,
      reference: credit.references['reference'] ?? '',
      method: refund.method,
      paidWith: refund.paid,
      // Only a method with a bank account in the currency gets a journal.
      journal: method?.banks.includes(refund.amount.currency) ? 'follows' : 'none',
      last: String(refund.last),
      ...mappingsOfCredit(credit),
    },
    status: 'booked',
    amount: negateMoney(refund.amount),
    postedAt: instantOf(parts.surroundings.clock),
  };
  await attempt.complete(document);
  return document;
}
