import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { asLedgerError, type LedgerError } from '../../returns/failure';
import { money, type Money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { postOnce } from '../../runtime/post-once';
import { refundedByHand } from '../../runtime/settled-outside';
import { KINDS, SYSTEM, type PostedDocuments, type RefundPolicy } from '../documents';
import { callCenterRefund } from './call-center';
import type { RefundParts } from './parts';
import {
  ownJournals,
  readCredit,
  readSale,
  refundsByOthers,
  type CreditFacts,
  type OneCredit,
  type Refunded,
  type SaleFacts,
} from './refund-facts';
import { journalPlan, JournalWork, type JournalOutcome } from './refund-journal';
import type { JournalPlan } from './refund-journal-rows';
import { chosenInstead, dueOf, shareOut, type EarlierRefund } from './refund-plan';
import { blockedCredit, refundedByOthers, settledByOthers } from './refund-problems';
import { mapTenders, refundMethod, tendersOf, unfitTenders, type MappedTender } from './tenders';

/** Holds under which nothing is paid to a customer (A8, CustVendorBlocked). */
const HOLDS = ['All', 'Payment'];

/**
 * Books the refund of each credit of a return (A10, F-7), after the credit is there (R89): one payment journal for each,
 * with a line for each payment of the original order; or, where the call center refunds by itself, what it has done is read.
 * What somebody else has refunded, or a person has settled outside, is not refunded again (R16, R17).
 *
 * Throws a {@link LedgerError} where the ERP or the network fails, and where a journal waits to be posted.
 */
export async function bookRefund(
  event: ReturnEvent,
  credits: readonly PostedDocument[],
  policy: RefundPolicy,
  parts: RefundParts,
  signal?: AbortSignal,
): Promise<PostedDocuments> {
  const key = returnKey(event);
  const made: PostedDocument[] = [];
  const problems: Problem[] = [];
  const waits: LedgerError[] = [];
  const byHand = await refundedByHand(parts.store, key);
  for (const credit of byHand ? [] : credits) {
    const known = await parts.store.documentsOf(key);
    const one = { event, credit, credits: allCredits(known, credits), known, policy };
    try {
      const outcome = await refundCredit(one, parts, signal);
      made.push(...outcome.made);
      if (outcome.problem) problems.push(outcome.problem);
    } catch (thrown) {
      const error = asLedgerError(thrown);
      // The other credits need not wait with this one.
      if (error.class !== 'state-blocked') throw error;
      waits.push(error);
    }
  }
  const [problem = null] = problems;
  const [wait] = waits;
  if (problem === null && wait) throw wait;
  const documents = (await parts.store.documentsOf(key)).filter(
    ({ system, kind }) => system === SYSTEM && kind === KINDS.refund,
  );
  return { documents, made, problem };
}

/** All credits of a return, first to last: those that are stored, and what has just been posted. */
function allCredits(known: readonly PostedDocument[], credits: readonly PostedDocument[]): PostedDocument[] {
  const stored = known.filter(({ system, kind }) => system === SYSTEM && kind === KINDS.creditNote);
  const fresh = credits.filter(({ number }) => !stored.some((one) => one.number === number));
  return [...stored, ...fresh];
}

async function refundCredit(one: OneCredit, parts: RefundParts, signal?: AbortSignal): Promise<Refunded> {
  const { event, credit, credits, known, policy } = one;
  if (credit.amount === null || isRefunded(one)) return { made: [], problem: null };
  const facts = await readCredit(credit, parts, signal);
  if (!facts) throw parts.route.notPosted('invoice', `credit note ${credit.number}`);
  const due = dueOf(event, credit, credits, known, facts.lines);
  // An even exchange moves no money, and a journal without any is none (A10).
  if (due.minor === 0) return { made: [], problem: null };
  if (policy.route === 'call-center') return callCenterRefund(one, facts, due, parts, signal);
  // Returns of one sale are refunded one after another: each must see what the others took of a payment.
  const name = `${parts.connectionId}/refunds-of/${facts.sale || facts.returnOrder}`;
  return parts.store.exclusive(name, () => journalRefund(one, facts, due, parts, signal), signal);
}

/** Journals are made once for each credit; what the call center pays may grow, so it is looked at each time. */
function isRefunded({ credit, known, policy }: OneCredit): boolean {
  return (
    policy.route === 'journal' &&
    known.some(({ kind, references }) => kind === KINDS.refund && references['credit'] === credit.number)
  );
}

async function journalRefund(
  one: OneCredit,
  facts: CreditFacts,
  due: Money,
  parts: RefundParts,
  signal?: AbortSignal,
): Promise<Refunded> {
  const { event, credit, known, policy } = one;
  const { store, surroundings, settings, connectionId } = parts;
  const key = returnKey(event);
  const reference = credit.references['reference'] ?? '';
  const outcome = await postOnce<JournalOutcome>(
    { connectionId, kind: KINDS.refund, key: `${key}#${credit.number}`, returnKey: key, reference },
    {
      posted: (document) => ({ document, made: false }),
      post: async (attempt) => {
        const work = new JournalWork(facts, policy, parts, attempt, signal);
        const [found, another] = await work.find();
        if (found && another) {
          const what = `payment journals ${found.number}, ${another.number}`;
          return { problem: { code: 'document-ambiguous', what, lines: [] } };
        }
        const ours = [...ownJournals(known), ...(found ? [found.number] : [])];
        const sale = await readSale(facts, due.currency, parts, signal);
        const before = found ? work.plannedBefore() : null;
        if (!found?.posted) {
          const stop = unpayable(facts, due, sale, ours, parts);
          if (stop) return { problem: stop };
        }
        const plan = before ?? planOf(event, facts, due, sale, found?.number ?? null, policy, parts);
        return 'problem' in plan ? plan : work.write(found, plan);
      },
    },
    // Another message may have to wait out the settle time, and its calls their time limits.
    { store, surroundings, limitMs: (settings.settleSeconds + 5 * settings.timeoutSeconds) * 1000, signal },
  );
  if ('problem' in outcome) return { made: [], problem: outcome.problem };
  return { made: outcome.made ? [outcome.document] : [], problem: null };
}

/** Why a credit is not to be refunded now: somebody has done so, or the customer's account is on hold. */
function unpayable(
  facts: CreditFacts,
  due: Money,
  sale: SaleFacts,
  ours: readonly string[],
  parts: RefundParts,
): Problem | null {
  const theirs = refundsByOthers(facts, sale.refunds, ours);
  if (theirs.length > 0) return refundedByOthers(facts, due, theirs);
  const { open, hold, account } = facts;
  if (open === null) return blockedCredit(facts, 'it is not in the customer’s ledger', parts);
  if (open.minor < due.minor) return settledByOthers(facts, due, open);
  return HOLDS.includes(hold)
    ? blockedCredit(facts, `account ${account} is on hold for ${hold}`, parts)
    : null;
}

/** What the journal is to hold, or why there is none: a payment that nobody can refund, or more than was paid. */
function planOf(
  event: ReturnEvent,
  facts: CreditFacts,
  due: Money,
  sale: SaleFacts,
  journal: string | null,
  policy: RefundPolicy,
  parts: RefundParts,
): JournalPlan | { problem: Problem } {
  const tenders = tendersOf(event, sale);
  if (!tenders) return { problem: unknownPayments(event, facts) };
  const mapped = mapTenders(tenders, policy);
  const earlier: EarlierRefund[] = [
    ...sale.refunds.filter((line) => line.journal !== journal),
    ...sale.callCenter,
  ];
  const shared = shareOut(due, mapped, earlier);
  if ('problem' in shared) return shared;
  const chosen = chosenInstead(event);
  const refunds =
    chosen.length === 0 ? shared.refunds : [{ tender: insteadOf(chosen, due, policy), amount: due }];
  const unfit = unfitTenders(
    refunds.map(({ tender }) => tender),
    facts.methods,
  );
  return unfit ? { problem: unfit } : journalPlan(facts, refunds, parts);
}

/** What the shopper chose instead of the payment; of several choices none is taken for the others. */
function insteadOf(chosen: readonly (string | null)[], due: Money, policy: RefundPolicy): MappedTender {
  const [only, another] = chosen;
  const name = chosen.map((word) => word ?? 'the original payment').join(' and ');
  const method = another === undefined && only ? refundMethod(only, policy) : null;
  return { name, type: '', reference: '', paid: money(due.minor, due.currency), own: false, method };
}

function unknownPayments(event: ReturnEvent, { sale }: CreditFacts): Problem {
  const unpriced = (event.payments ?? []).filter(({ amount }) => amount === null);
  const what =
    unpriced.length > 0
      ? `how much was paid with ${unpriced.map(({ methodId }) => methodId).join(', ')} is not told`
      : sale === ''
        ? 'the original sales order is not known'
        : `sales order ${sale} names no payment`;
  return {
    code: 'payment-method-unmapped',
    what,
    lines: [{ field: 'payment method', expected: 'what the order was paid with', received: null }],
  };
}
