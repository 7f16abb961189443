import type { PostedDocument, ReturnEvent } from '../returns/event';
import { LedgerError } from '../returns/failure';
import { CREDIT_KIND, SYSTEM } from './sales-credit';

/** The sales credit of a return, among what has been posted for it. */
export function creditAmong(documents: readonly PostedDocument[]): PostedDocument | undefined {
  return documents.find(({ system, kind }) => system === SYSTEM && kind === CREDIT_KIND);
}

/**
 * The credit is not there yet: the return waits for it in the store and comes back (R85). Where it does not come
 * within the limit, this becomes an exception of the same code.
 */
export function creditMissing(event: ReturnEvent, because: string): LedgerError {
  const order = event.order.number === null ? '' : ` of order ${event.order.number}`;
  return new LedgerError({
    code: 'credit-missing',
    class: 'state-blocked',
    message: `the sales credit${order} ${because}`,
  });
}
