import type { ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import { and, eq } from '../fscm/odata';
import { textOf, type D365Row } from '../fscm/rows';
import type { BcCalls } from './client';
import { rowPath, setPath, withLines } from './query';
import { optionIn, statusOf } from './sales';

const LINES = withLines('salesCreditMemoLines');

/** A credit memo with its lines as it stands at this moment; null where there is none (any more). */
export function readMemo(client: BcCalls, id: string, signal?: AbortSignal): Promise<D365Row | null> {
  return client.get(rowPath('salesCreditMemos', id, LINES), signal);
}

/** The credit memos of a customer with an external number: Business Central takes several (B5.1). */
export function memosNumbered(external: string, customer: string): string {
  const filter = and(eq('externalDocumentNumber', external), eq('customerNumber', customer));
  return setPath('salesCreditMemos', { filter, expand: LINES });
}

/** Several documents with our reference: none is touched. */
export function severalMemos(memos: readonly D365Row[]): Problem | null {
  if (memos.length < 2) return null;
  const what = memos.map((row) => `credit memo ${textOf(row, 'number')}`).join(', ');
  return { code: 'document-ambiguous', what, lines: [] };
}

/**
 * Whether a credit memo is posted. Its status does not tell alone: a released draft and a posted memo that is not applied
 * both read `Open` (B4.1). A posted one has another number than its draft, as a rule, and entries in the ledger always.
 */
export async function isPosted(
  memo: D365Row,
  draftNumber: string,
  client: BcCalls,
  signal?: AbortSignal,
): Promise<boolean> {
  const status = statusOf(memo);
  if (['Paid', 'Canceled', 'Corrective'].includes(status)) return true;
  if (status !== 'Open') return false;
  const number = textOf(memo, 'number');
  if (number !== draftNumber) return true;
  const [entries = []] = await client.readTogether(
    [setPath('generalLedgerEntries', { filter: eq('documentNumber', number), top: 20 })],
    signal,
  );
  return entries.some((row) => optionIn(row, 'documentType') === 'Credit Memo');
}

/** A draft in approval is somebody's decision: it is waited for. */
export function inReview(memo: D365Row): LedgerError {
  return new LedgerError({
    code: 'd365-draft-in-review',
    class: 'state-blocked',
    message: `Credit memo ${textOf(memo, 'number')} waits for approval in Business Central`,
  });
}

/** Somebody has taken the draft away. */
export function memoGone(number: string): Problem {
  return {
    code: 'document-conflict',
    what: `credit memo ${number} was deleted in Business Central`,
    lines: [{ field: 'document', expected: `credit memo ${number}`, received: 'nothing' }],
  };
}

/** The draft is made by D365 Create Return Order; it is waited for. */
export function draftMissing(event: ReturnEvent): LedgerError {
  return new LedgerError({
    code: 'credit-missing',
    class: 'state-blocked',
    message: `The draft credit memo of return ${event.returnNumber ?? event.returnId} is not there yet`,
  });
}
