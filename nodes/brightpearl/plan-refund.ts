import type { PostedDocument, ReturnEvent } from '../returns/event';
import { formatMoney, money, parseMoney, type Money } from '../returns/money';
import { itemLines, type Problem } from '../returns/posting-checks';
import type { PaymentRow } from './reader';

/** How refunds are booked: what the dialog of the node sets. */
export interface RefundPolicy {
  /** Method that the order was paid with → method that the refund is booked with, in the order they are used up. */
  methods: ReadonlyMap<string, string>;
  /** What the shopper gets, in the platform's words, for lines that are paid back here; in lower case. */
  outcomes: ReadonlySet<string>;
}

export interface PlannedRefund {
  /** Method that the order was paid with. */
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
  const left = leftByMethod(payments, reference, currency);
  const known = [...policy.methods.keys()].map((method) => method.toUpperCase());
  const rank = (method: string): number => known.indexOf(method.toUpperCase());
  const methods = [...left.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const refunds: PlannedRefund[] = [];
  let open = due.amount.minor;
  for (const paid of methods.filter((method) => rank(method) >= 0)) {
    const amount = Math.min(open, Math.max(0, left.get(paid) ?? 0));
    if (amount === 0) continue;
    const method = [...policy.methods].find(([from]) => from.toUpperCase() === paid.toUpperCase())?.[1] ?? '';
    refunds.push({ paid, method, amount: money(amount, currency) });
    open -= amount;
  }
  if (open === 0) return { refunds };
  const unmapped = methods.filter((method) => rank(method) < 0 && (left.get(method) ?? 0) > 0);
  return { problem: unmapped.length > 0 ? methodProblem(unmapped) : overPaid(due.amount, left) };
}

/** What of the credit is paid back: lines of an exchange are not, and an outcome that nobody named blocks. */
function refundable(
  event: ReturnEvent,
  credit: PostedDocument,
  policy: RefundPolicy,
): { amount: Money } | { problem: Problem } {
  const whole = money(-(credit.amount?.minor ?? 0), credit.amount?.currency ?? '');
  const amounts = new Map(
    (credit.references['amounts'] ?? '')
      .split(' ')
      .filter((entry) => entry !== '')
      .map((entry) => [
        entry.slice(0, entry.lastIndexOf('×')),
        Number(entry.slice(entry.lastIndexOf('×') + 1)),
      ]),
  );
  let kept = 0;
  for (const line of itemLines(event)) {
    const outcome = (line.outcome ?? '').toLowerCase();
    if (outcome.includes('exchange')) kept += amounts.get(line.id) ?? 0;
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

function leftByMethod(
  payments: readonly PaymentRow[],
  reference: string,
  currency: string,
): Map<string, number> {
  const left = new Map<string, number>();
  for (const payment of payments) {
    if (payment.transactionRef === reference || payment.currency !== currency) continue;
    const amount = parseMoney(payment.amount, currency).minor;
    const sign = IN.has(payment.type) ? 1 : payment.type === 'PAYMENT' ? -1 : 0;
    left.set(payment.method, (left.get(payment.method) ?? 0) + sign * amount);
  }
  return left;
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
