import type { PostedDocument } from '../../returns/event';
import { formatMoney } from '../../returns/money';
import { KINDS, type PostedDocuments } from '../documents';

/**
 * The refund of a credit memo is outside API v2.0: credit memos have no payment method, and payment lines of the type Refund
 * cannot be made (`reference/dynamics365.md` B4, B6 B-7). Where a flow asks for it all the same, finance is asked to book it.
 */
export function bookRefund(credits: readonly PostedDocument[]): PostedDocuments {
  const open = credits.filter(({ kind }) => kind === KINDS.creditNote);
  if (open.length === 0) return { documents: [], made: [], problem: null };
  const named = open.map(
    ({ number, amount }) =>
      `credit memo ${number}${amount === null ? '' : ` over ${formatMoney({ ...amount, minor: Math.abs(amount.minor) })}`}`,
  );
  const what = `Business Central takes no refund over its API; book it there by hand: ${named.join(', ')}`;
  return { documents: [], made: [], problem: { code: 'payment-method-unmapped', what, lines: [] } };
}
