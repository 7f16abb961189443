import { linesPosted, checkReturn, itemLines, type Problem } from '../../returns/posting-checks';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { mappedReturn } from '../../returns/mapped-return';
import { asTold } from '../../returns/posting-lines';
import { documentReference } from '../../runtime/document-reference';
import { postOnce } from '../../runtime/post-once';
import { KINDS, SYSTEM, type CreditNotePolicy, type PostedDocuments } from '../documents';
import { CreditWork, type CreditStep } from './credit-work';
import type { FscmParts } from './parts';

/**
 * Posts the credit notes of a return whose goods are accepted and registered, or finds them: packing slip, invoice, and
 * what is posted is read back. Goods that arrive in parts make several, `…#credit-1`, `…#credit-2`; a lot is in one of
 * them, whatever is repeated or interrupted, and whoever has posted it.
 *
 * To be run by one at a time for a return. Throws a {@link LedgerError}: `goods-not-ready`, `order-locked`,
 * `customer-on-hold` and `d365-…-not-posted` (state-blocked) for what is waited for, and what D365 or the network fail
 * with. Credits that were posted before that are in the store.
 *
 * @param known documents that the message carries: the store may have forgotten some of them
 */
export async function postCredit(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  policy: CreditNotePolicy,
  parts: FscmParts,
  signal?: AbortSignal,
): Promise<PostedDocuments> {
  const { event: mapped, problem: broken } = mappedReturn(event, policy.mappings);
  const unfit = checkReturn(mapped, policy) ?? broken;
  const made: PostedDocument[] = [];
  for (;;) {
    const documents = await creditsOf(event, known, parts);
    const outcome = (problem: Problem | null): PostedDocuments => ({
      documents,
      made,
      problem: problem && asTold(problem, event, mapped),
    });
    if (isCovered(event, documents)) return outcome(null);
    if (unfit) return outcome(unfit);
    const step = await creditOnce({ event, mapped, policy, documents }, parts, signal);
    if (step.document) {
      made.push(step.document);
      documents.push(step.document);
    }
    if (step.problem || !step.document) return outcome(step.problem);
  }
}

function creditOnce(
  posting: { event: ReturnEvent; mapped: ReturnEvent; policy: CreditNotePolicy; documents: PostedDocument[] },
  parts: FscmParts,
  signal: AbortSignal | undefined,
): Promise<CreditStep> {
  const { store, surroundings, connectionId, settings } = parts;
  const { event, documents } = posting;
  const key = returnKey(event);
  const number = documents.length + 1;
  const reference = documentReference(event);
  return postOnce<CreditStep>(
    {
      connectionId,
      kind: KINDS.creditNote,
      key: `${key}#credit-${number}`,
      returnKey: key,
      reference: `${reference}-${number}`,
    },
    {
      posted: (document) => ({ document, problem: null }),
      post: (attempt) => new CreditWork({ ...posting, reference, number }, parts, attempt, signal).run(),
    },
    // Another message may have to wait out the settle time, and its calls their time limits.
    { store, surroundings, limitMs: (settings.settleSeconds + 8 * settings.timeoutSeconds) * 1000, signal },
  );
}

/** Credits of the return that are posted, first to last. */
async function creditsOf(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  { store, settings }: Pick<FscmParts, 'store' | 'settings'>,
): Promise<PostedDocument[]> {
  const stored = await store.documentsOf(returnKey(event));
  const numbers = new Set(stored.map(({ number }) => number));
  const reference = documentReference(event);
  return [...stored, ...known.filter(({ number }) => !numbers.has(number))].filter(
    ({ system, kind, references }) =>
      system === SYSTEM &&
      kind === KINDS.creditNote &&
      references['company'] === settings.company &&
      references['reference'] === reference,
  );
}

/** Whether every unit that the event tells of is on a credit note: then no call is needed. */
function isCovered(event: ReturnEvent, documents: readonly PostedDocument[]): boolean {
  const lines = itemLines(event);
  return (
    documents.length > 0 &&
    lines.every(({ id, quantity }) => {
      const posted = documents.reduce((sum, document) => sum + (linesPosted(document).get(id) ?? 0), 0);
      return posted >= quantity.value;
    })
  );
}
