import { asLedgerError, LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import { faultPoint } from '../../store/fault-point';
import type { FscmParts } from './parts';
import type { FoundOrder } from './receiving-order';
import { unreceivable } from './return-order-state';
import { textOf, type D365Row } from './rows';

/** How a journal and its return order are read as they are now. */
export interface ReadAgain {
  journal: () => Promise<D365Row | undefined>;
  order: () => Promise<FoundOrder>;
}

/**
 * Has a journal that is not posted yet posted by the customer's service, or tells that the batch job is to be waited for
 * (A7): nobody's reply counts, the journal itself tells (R176). Null when it is posted. Throws `d365-arrival-not-posted`
 * (state-blocked) where that is to be waited for, and `return-order-locked` where the return order is stopped.
 *
 * @param order the return order as it was read just before
 */
export async function havePosted(
  number: string,
  order: D365Row,
  read: ReadAgain,
  { route, settings }: Pick<FscmParts, 'route' | 'settings'>,
  signal?: AbortSignal,
): Promise<Problem | null> {
  const closed = unreceivable(order);
  if (closed) return closed;
  const name = `arrival journal ${number}`;
  if (!route.byService('arrival')) throw route.notPosted('arrival', name);
  let refusal: readonly string[] = [];
  let failure: LedgerError | null = null;
  try {
    const request = { DataAreaId: settings.company, JournalNumber: number };
    const answer = await route.post('arrival', request, signal);
    faultPoint('arrival-before-read-back');
    if (!answer.posted) refusal = answer.messages;
  } catch (thrown) {
    // To post a journal again does no harm: D365 refuses it. So its outcome is read, not settled.
    failure = asLedgerError(thrown);
  }
  const there = await read.journal();
  if (there && isPosted(there)) return null;
  if (refusal.length > 0) return refused(name, refusal, read);
  if (failure === null) throw route.notPosted('arrival', name);
  throw failure.class === 'ambiguous' ? tryAgain(name, failure) : failure;
}

export function isPosted(journal: D365Row): boolean {
  return textOf(journal, 'IsPosted') === 'Yes';
}

/** D365 has said why it does not post: by now the return order may be stopped, which passes. */
async function refused(name: string, messages: readonly string[], read: ReadAgain): Promise<Problem> {
  const now = await read.order();
  const closed = 'problem' in now ? now.problem : unreceivable(now.order);
  if (closed) return closed;
  return {
    code: 'arrival-not-posted',
    what: `${name}: ${messages.join(' ')}`.slice(0, 500),
    lines: [{ field: 'journal', expected: 'posted', received: 'not posted' }],
  };
}

/** The service failed and the journal is not posted: it is asked again, since it can post a journal only once. */
function tryAgain(name: string, failure: LedgerError): LedgerError {
  return new LedgerError({
    code: 'd365-arrival-service-failed',
    class: 'transient',
    message: `The posting service failed, and ${name} is not posted: ${failure.message}`,
    cause: failure,
  });
}
