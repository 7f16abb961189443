import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { formatMoney } from '../../returns/money';
import type { ReturnsStore } from '../../store/store';
import { KINDS, type PostedDocuments } from '../documents';
import { dueOf } from '../fscm/refund-plan';
import { draftAmong } from './portion';

/**
 * The refund of a credit memo is outside API v2.0: credit memos have no payment method, and payment lines of the type Refund
 * cannot be made (`reference/dynamics365.md` B4, B6 B-7). Where a flow asks for it all the same, finance is asked to book what
 * is due of it: what the customer gets a replacement for is taken off (B-8).
 */
export async function bookRefund(
  event: ReturnEvent,
  credits: readonly PostedDocument[],
  { store }: { store: Pick<ReturnsStore, 'documentsOf'> },
): Promise<PostedDocuments> {
  const posted = credits.filter(({ kind }) => kind === KINDS.creditNote);
  if (posted.length === 0) return { documents: [], made: [], problem: null };
  const known = await store.documentsOf(returnKey(event));
  const rows = draftAmong(known)?.rows ?? [];
  const lines = rows.map(({ external, gross }) => ({ external, minor: gross }));
  const named = posted.flatMap((credit) => {
    if (credit.amount === null) return [`credit memo ${credit.number}`];
    const due = dueOf(event, credit, posted, known, lines);
    return due.minor === 0 ? [] : [`credit memo ${credit.number} over ${formatMoney(due)}`];
  });
  if (named.length === 0) return { documents: [], made: [], problem: null };
  const what = `Business Central takes no refund from outside; book it there by hand: ${named.join(', ')}`;
  return { documents: [], made: [], problem: { code: 'payment-method-unmapped', what, lines: [] } };
}
