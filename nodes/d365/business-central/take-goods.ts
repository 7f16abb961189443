import { arrivedLines } from '../../returns/arrived-goods';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import type { ArrivalPolicy, PostedDocuments, ReturnOrderOutcome, ReturnOrderPolicy } from '../documents';
import { receiveOnOrder } from './order-receipt';
import type { BcParts } from './parts';
import { draftAmong } from './portion';
import { ensureAnnounced, takeRejectedOff } from './rejected-goods';

/**
 * What is done in Business Central for goods that arrive, by what their return has: on a return order they are received, and
 * a draft credit memo needs nothing. Rejected goods are kept off the credit in both; where the node receives them all the
 * same, they are received first.
 */
export async function takeGoods(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  policy: ArrivalPolicy,
  parts: BcParts,
  signal: AbortSignal | undefined,
  announce: (policy: ReturnOrderPolicy) => Promise<ReturnOrderOutcome>,
): Promise<PostedDocuments> {
  const rejected = event.topic === 'return.rejected';
  const announced = rejected
    ? { documents: [], made: [], problem: null }
    : await ensureAnnounced(event, known, policy.unannounced, parts, announce);
  if (announced.problem) return announced;
  const stored = await parts.store.documentsOf(returnKey(event));
  const draft = draftAmong([...stored, ...known]);
  if (draft?.onOrder !== true || arrivedLines(event, policy).length === 0) {
    return rejected ? takeRejectedOff(event, known, parts, signal) : announced;
  }
  const received = await receiveOnOrder(event, draft, policy, parts, signal);
  if (received.problem || !rejected) return received;
  const kept = await takeRejectedOff(event, known, parts, signal);
  return {
    documents: received.documents,
    made: received.made,
    problem: kept.problem,
  };
}
