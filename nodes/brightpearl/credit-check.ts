import type { ExceptionLine } from '../returns/exception';
import { formatMoney, type Money } from '../returns/money';
import type { Problem } from '../returns/posting-checks';
import type { CreditPlan } from './plan-credit';
import type { Credit, OriginalOrder } from './records';

/** What is kept of a credit beside its number. */
export function creditReferences(credit: Credit): Record<string, string> {
  return {
    net: formatMoney(credit.net),
    tax: formatMoney(credit.tax),
    ...(credit.invoiceReference === '' ? {} : { invoice: credit.invoiceReference }),
  };
}

/**
 * Compares what Brightpearl holds with what was meant: net, tax, gross and the link to the original order (R57, R176).
 * A credit that was there before and says something else is a conflict, not a rounding (R18).
 *
 * @param created whether this try has just made it
 */
export function compareCredit(
  credit: Credit,
  plan: CreditPlan,
  order: OriginalOrder,
  created: boolean,
): Problem | null {
  const lines: Partial<ExceptionLine>[] = [];
  const compare = (field: string, expected: Money, received: Money): void => {
    if (expected.minor === received.minor && expected.currency === received.currency) return;
    lines.push({ field, expected: formatMoney(expected), received: formatMoney(received) });
  };
  compare('net', plan.net, credit.net);
  compare('tax', plan.tax, credit.tax);
  compare('gross', plan.gross, credit.gross);
  if (credit.parentId !== order.id) {
    lines.push({
      field: 'parent order',
      expected: String(order.id),
      received: String(credit.parentId ?? 'none'),
    });
  }
  if (credit.cancelled) lines.push({ field: 'state', expected: 'standing', received: 'cancelled' });
  if (lines.length === 0) return null;
  const what = lines
    .map((line) => `${line.field}: ${line.expected} meant, ${line.received} there`)
    .join(', ');
  return {
    code: created ? 'amount-mismatch' : 'document-conflict',
    what: `sales credit ${credit.id}, ${what}`,
    lines,
  };
}
