import type { PostedDocument, ReturnEvent } from '../returns/event';
import { formatMoney, money, parseMoney, type Money } from '../returns/money';
import { itemLines, type Problem } from '../returns/posting-checks';
import { amountsOf } from './credited-amounts';
import { exchangeLines } from '../returns/exchange-lines';
import type { PaymentRow } from './reader';

/** How refunds are booked: what the dialog of the node sets. */
export interface RefundPolicy {
  /** Method that the order was paid with → method that the refund is booked with, in the order they are used up. */
  methods: ReadonlyMap<string, string>;
  /** What the shopper gets, in the platform's words, for lines that are paid back here; in lower case. */
  outcomes: ReadonlySet<string>;
}

export interface PlannedRefund {
  /** Method that the order was paid with; several where all of them are booked with one. */
  paid: string;
  method: string;
  amount: Money;
}

const IN: ReadonlySet<string> = new Set(['RECEIPT', 'CAPTURE']);

/**
 * Shares a refund out over the methods that the order was paid with: each gets at most what was paid with it and not
 * refunded yet (R84). A method without a row blocks the refund: it is never guessed (R79, R81).
 *
 * @param payments of the order and of all its credits; those with our reference are this refund's own
 */
export function planRefund(
  event: ReturnEvent,
  credit: PostedDocument,
  payments: readonly PaymentRow[],
  policy: RefundPolicy,
): { refunds: PlannedRefund[] } | { problem: Problem } {
  const currency = credit.amount?.currency ?? '';
  const due = refundable(event, credit, policy);
  if ('problem' in due) return due;
  const reference = credit.references['reference'] ?? '';
  const { left, unmapped } = leftByMethod(payments, reference, currency, policy.methods);
  const refunds: PlannedRefund[] = [];
  let open = due.amount.minor;
  for (const { method, paid, minor } of left) {
    const amount = Math.min(open, Math.max(0, minor));
    if (amount === 0) continue;
    refunds.push({ paid: paid.join(' + '), method, amount: money(amount, currency) });
    open -= amount;
  }
  if (open === 0) return { refunds };
  const named = [...unmapped].filter(([, minor]) => minor > 0).map(([method]) => method);
  const shown = [...left.map(({ paid, minor }) => [paid.join(' + '), minor] as const), ...unmapped];
  return { problem: named.length > 0 ? methodProblem(named) : overPaid(due.amount, new Map(shown)) };
}

/** What of the credit is paid back: lines of an exchange are not, and an outcome that nobody named blocks. */
function refundable(
  event: ReturnEvent,
  credit: PostedDocument,
  policy: RefundPolicy,
): { amount: Money } | { problem: Problem } {
  const whole = money(-(credit.amount?.minor ?? 0), credit.amount?.currency ?? '');
  const amounts = amountsOf(credit);
  const asked = exchangeLines(event);
  // A replacement is sent for these, whatever word the platform has for the outcome.
  const exchanged = new Set('exchanged' in asked ? asked.exchanged.map(({ id }) => id) : []);
  let kept = 0;
  for (const line of itemLines(event)) {
    const outcome = (line.outcome ?? '').toLowerCase();
    if (outcome.includes('exchange') || exchanged.has(line.id)) kept += amounts.get(line.id) ?? 0;
    else if (!policy.outcomes.has(outcome)) {
      return {
        problem: {
          code: 'payment-method-unmapped',
          what: `the shopper chose ${outcome === '' ? 'nothing' : outcome}`,
          lines: [
            {
              lineId: line.id,
              sku: line.sku,
              field: 'outcome',
              expected: [...policy.outcomes].join(', '),
              received: line.outcome,
            },
          ],
        },
      };
    }
  }
  return { amount: money(Math.max(0, whole.minor - kept), whole.currency) };
}

/** What was paid with one or several methods that are refunded with the same one, and not refunded yet. */
interface Left {
  method: string;
  paid: string[];
  minor: number;
}

/**
 * What is left of what was paid, by the method that refunds are booked with, in the order of the table: a refund takes
 * from those whose refunds are booked with its method, which may have another name than the one that was paid with.
 */
function leftByMethod(
  payments: readonly PaymentRow[],
  reference: string,
  currency: string,
  methods: ReadonlyMap<string, string>,
): { left: Left[]; unmapped: Map<string, number> } {
  const same = (a: string, b: string): boolean => a.toUpperCase() === b.toUpperCase();
  const left: Left[] = [];
  for (const method of methods.values()) {
    if (!left.some((entry) => same(entry.method, method))) left.push({ method, paid: [], minor: 0 });
  }
  const bookedWith = (paid: string): Left | undefined => {
    const method = [...methods].find(([from]) => same(from, paid))?.[1];
    return method === undefined ? undefined : left.find((entry) => same(entry.method, method));
  };
  const unmapped = new Map<string, number>();
  for (const payment of payments) {
    if (payment.transactionRef === reference || payment.currency !== currency) continue;
    const amount = parseMoney(payment.amount, currency).minor;
    const sign = IN.has(payment.type) ? 1 : payment.type === 'PAYMENT' ? -1 : 0;
    const { method } = payment;
    const booked = sign < 0 ? left.find((entry) => same(entry.method, method)) : undefined;
    const entry = booked ?? bookedWith(method);
    if (!entry) unmapped.set(method, (unmapped.get(method) ?? 0) + sign * amount);
    else {
      entry.minor += sign * amount;
      if (sign > 0 && !entry.paid.includes(method)) entry.paid.push(method);
    }
  }
  return { left: left.filter(({ paid }) => paid.length > 0), unmapped };
}

function methodProblem(methods: readonly string[]): Problem {
  return {
    code: 'payment-method-unmapped',
    what: methods.join(', '),
    lines: methods.map((method) => ({
      field: 'payment method',
      expected: 'a row in the table',
      received: method,
    })),
  };
}

function overPaid(due: Money, left: ReadonlyMap<string, number>): Problem {
  const shown = [...left].map(([method, minor]) => `${method} ${formatMoney(money(minor, due.currency))}`);
  return {
    code: 'refund-over-paid',
    what: `${formatMoney(due)} to refund, ${shown.length === 0 ? 'nothing paid' : `left: ${shown.join(', ')}`}`,
    lines: [...left].map(([method, minor]) => ({
      field: `left on ${method}`,
      expected: formatMoney(money(minor, due.currency)),
      received: formatMoney(due),
    })),
  };
}
