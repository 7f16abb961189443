import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { returnKey } from '../../returns/event';
import { mappedReturn } from '../../returns/mapped-return';
import { checkReturn, grownSince } from '../../returns/posting-checks';
import { asTold } from '../../returns/posting-lines';
import { reasonCodes } from '../../returns/reason-codes';
import { documentReference } from '../../runtime/document-reference';
import { KINDS, type ReturnOrderOutcome, type ReturnOrderPolicy } from '../documents';
import { CorrectiveWork, hasCopy } from './corrective-work';
import { feesChangedSince, feesToPost } from './draft-plan';
import { DraftWork, exception } from './draft-work';
import { once } from './once';
import { OrderWork } from './order-work';
import type { BcParts } from './parts';

/**
 * Creates the draft credit memo of one return and order, or finds it: in Business Central it stands for the return order until
 * the goods are accepted, and moves neither stock nor money before it is posted (`reference/dynamics365.md` B5, C1 row 3).
 * The way: intent → sale → look-up by our number (B-3) → checks → deep insert (B-4) → read back → outcome.
 *
 * Throws a {@link LedgerError} where the ERP or the network fails; the intent then says whether the outcome is open.
 */
export async function createReturnOrder(
  event: ReturnEvent,
  policy: ReturnOrderPolicy,
  parts: BcParts,
  signal?: AbortSignal,
): Promise<ReturnOrderOutcome> {
  const { mappings = null } = policy;
  const { event: mapped, problem } = mappedReturn(event, mappings);
  const reasons = reasonCodes(policy.reasons, mappings);
  const unfit = checkReturn(mapped, { ...policy, reasons }) ?? problem;
  if (unfit) return exception(asTold(unfit, event, mapped));
  const reference = documentReference(event);
  const key = returnKey(event);
  const { connectionId } = parts;
  const outcome = await once<ReturnOrderOutcome>(
    { connectionId, kind: KINDS.returnOrder, key, returnKey: key, reference },
    {
      posted: (document) => handOn(event, policy, document),
      post: (attempt) => workOf({ event, mapped, policy, reasons, reference }, parts, attempt, signal).run(),
    },
    parts,
    signal,
  );
  if (outcome.outcome === 'exception') return exception(asTold(outcome.problem, event, mapped));
  return { ...outcome, mismatch: outcome.mismatch && asTold(outcome.mismatch, event, mapped) };
}

/** The draft exists: it is handed on without a call, unless the return has grown since. */
function handOn(event: ReturnEvent, policy: ReturnOrderPolicy, document: PostedDocument): ReturnOrderOutcome {
  const problem =
    grownSince(event, document, 'credit memo') ?? feesChangedSince(feesToPost(event, policy.fees), document);
  return problem
    ? exception(problem)
    : { outcome: 'posted', document, created: false, leftOut: [], mismatch: null };
}

function workOf(...args: ConstructorParameters<typeof DraftWork>): DraftWork {
  const [, { settings }, attempt] = args;
  if (settings.bcRoute === 'return-order') return new OrderWork(...args);
  // What was begun as a copy is ended as one, whatever the setting is by then.
  const copied = settings.bcCorrective === 'open-invoice' || hasCopy(attempt);
  return copied ? new CorrectiveWork(...args) : new DraftWork(...args);
}
