import { returnKey, type PostedDocument } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import { formatMoney, money, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { instantOf } from '../../returns/time';
import { withMappings } from '../../runtime/mappings-node';
import { postOnce } from '../../runtime/post-once';
import { KINDS, SYSTEM } from '../documents';
import type { RefundParts } from './parts';
import { readCallCenter, type CreditFacts, type OneCredit, type Refunded } from './refund-facts';
import { creditBlocked } from './refund-problems';
import { amountIn } from './row-amount';
import { numberOf, textOf, type D365Row } from './rows';

/** Statuses with which money has moved, and those that nothing comes of by itself (A10). */
const MOVED = ['Posted', 'Paid'];
const FAILED = ['Declined', 'NotSubmitted'];

/**
 * The refund that the call center makes by itself with the credit note (A10): nothing is written, its payment lines are
 * read back. What was declined, or never submitted, goes to finance at once (R82); lines that are not there yet are waited
 * for, and then told with the age of the credit (R83).
 */
export async function callCenterRefund(
  one: OneCredit,
  facts: CreditFacts,
  due: Money,
  parts: RefundParts,
  signal?: AbortSignal,
): Promise<Refunded> {
  const rows = await readCallCenter(facts.returnOrder, parts, signal);
  const failed = rows.filter((row) => FAILED.includes(textOf(row, 'Status')));
  if (failed.length > 0) return { made: [], problem: declined(facts, failed, due.currency) };
  const moved = rows.filter((row) => MOVED.includes(textOf(row, 'Status')));
  if (rows.length === 0 || moved.length < rows.length) {
    const late = creditBlocked(facts, `the refund of return order ${facts.returnOrder}`, parts);
    if (late) return { made: [], problem: late };
    // The code of a payment that is waited for: the status of the node tells it.
    throw new LedgerError({
      code: 'd365-payment-not-posted',
      class: 'state-blocked',
      message: `The call center has not refunded return order ${facts.returnOrder} yet`,
    });
  }
  const parted = moved.map((row) => ({ row, minor: paidForThis(row, one, facts, due.currency) }));
  const paid = parted.reduce((sum, { minor }) => sum + minor, 0);
  if (paid !== due.minor) return { made: [], problem: otherAmount(facts, due, money(paid, due.currency)) };
  const made: PostedDocument[] = [];
  for (const { row, minor } of parted.filter((part) => part.minor !== 0)) {
    const known = await record(one, facts, row, money(-minor, due.currency), parts, signal);
    if (known.fresh) made.push(known.document);
  }
  return { made, problem: null };
}

/** What a line paid for this credit, in minor units: what it paid in all, less what it paid for the return's other ones. */
function paidForThis(
  row: D365Row,
  { credit, known }: OneCredit,
  facts: CreditFacts,
  currency: string,
): number {
  const name = lineName(facts, row);
  const others = known.filter(
    ({ kind, references }) =>
      kind === KINDS.refund && references['line'] === name && references['credit'] !== credit.number,
  );
  const before = others.reduce((sum, { amount }) => sum + Math.abs(amount?.minor ?? 0), 0);
  const posted = amountIn(row, 'PostedAmount', currency);
  return -(posted === 0 ? amountIn(row, 'Amount', currency) : posted) - before;
}

function lineName({ returnOrder }: CreditFacts, row: D365Row): string {
  return `${returnOrder}/${numberOf(row, 'LineNumber')}`;
}

/** A payment line becomes a document of the return, once. */
async function record(
  { event, credit, policy }: OneCredit,
  facts: CreditFacts,
  row: D365Row,
  amount: Money,
  parts: RefundParts,
  signal?: AbortSignal,
): Promise<{ document: PostedDocument; fresh: boolean }> {
  const { store, surroundings, settings, connectionId } = parts;
  const key = returnKey(event);
  const line = lineName(facts, row);
  const reference = credit.references['reference'] ?? '';
  return postOnce<{ document: PostedDocument; fresh: boolean }>(
    { connectionId, kind: KINDS.refund, key: `${key}#${credit.number}/${line}`, returnKey: key, reference },
    {
      posted: (document) => ({ document, fresh: false }),
      post: async (attempt) => {
        const references = {
          credit: credit.number,
          reference,
          company: settings.company,
          returnOrder: facts.returnOrder,
          ...(facts.sale === '' ? {} : { originalOrder: facts.sale }),
          line,
          methods: textOf(row, 'RetailStoreTenderTypeId') || textOf(row, 'CustomerPaymentType'),
        };
        const document: PostedDocument = {
          system: SYSTEM,
          kind: KINDS.refund,
          number: line,
          id: null,
          references: withMappings(references, policy.mappings),
          // A refund by check is `Posted`: it waits in a payment journal for a person (A10).
          status: textOf(row, 'Status'),
          amount,
          postedAt: instantOf(surroundings.clock),
        };
        await attempt.complete(document);
        return { document, fresh: true };
      },
    },
    { store, surroundings, limitMs: 5 * settings.timeoutSeconds * 1000, signal },
  );
}

function declined(facts: CreditFacts, rows: readonly D365Row[], currency: string): Problem {
  const shown = rows.map((row) => ({
    tender: textOf(row, 'RetailStoreTenderTypeId') || textOf(row, 'CustomerPaymentType'),
    status: textOf(row, 'Status'),
    amount: formatMoney(money(Math.abs(amountIn(row, 'Amount', currency)), currency)),
    line: lineName(facts, row),
  }));
  const lines = shown.map(({ tender, status, amount }) => `${tender} ${amount} ${status}`).join(', ');
  return {
    code: 'refund-declined',
    what: `credit note ${facts.credit.number}, return order ${facts.returnOrder}: ${lines}`,
    lines: shown.map(({ tender, status, amount, line }) => ({
      field: `payment line ${line}`,
      expected: `${tender} ${amount} paid`,
      received: status,
    })),
  };
}

function otherAmount({ credit, returnOrder }: CreditFacts, due: Money, paid: Money): Problem {
  return {
    code: 'amount-mismatch',
    what: `refund of return order ${returnOrder} for credit note ${credit.number}: expected ${formatMoney(due)}, it has ${formatMoney(paid)}`,
    lines: [{ field: 'refund', expected: formatMoney(due), received: formatMoney(paid) }],
  };
}
