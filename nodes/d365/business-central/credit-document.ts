import type { PostedDocument } from '../../returns/event';
import { negateMoney } from '../../returns/money';
import { instantOf } from '../../returns/time';
import { withMappings } from '../../runtime/mappings-node';
import type { PostingAttempt } from '../../runtime/post-once';
import { KINDS, SYSTEM, type CreditNotePolicy } from '../documents';
import { textOf, type D365Row } from '../fscm/rows';
import type { PostedCheck } from './check-posted';
import type { BcParts } from './parts';
import { portionReferences, type Draft, type Portion } from './portion';
import type { PostingDay } from './posting-day';
import { amountIn, statusOf } from './sales';

const STEP = 'post';

/** A credit memo that is posted, and what it was posted for. */
export interface PostedCredit {
  memo: D365Row;
  draft: Draft;
  portion: Portion;
  policy: Pick<CreditNotePolicy, 'mappings'>;
  check: PostedCheck;
  /** The day that it was posted on just now; null where a try before this one, or a person, has posted it. */
  day: PostingDay | null;
}

/** Keeps the day of a credit before it is posted: whoever finds it posted knows what it was deferred from (R164, R166). */
export function keepDay(number: string, { day, own }: PostingDay, attempt: PostingAttempt): Promise<void> {
  return attempt.record(STEP, { number, day, own });
}

/** The day that an earlier try has meant to post on; null where there was none. */
export function keptDay(attempt: PostingAttempt): PostingDay | null {
  const step = attempt.step(STEP);
  return step === undefined ? null : { day: String(step['day']), own: String(step['own']) };
}

/** The document of a posted credit memo. */
export function creditDocument(
  { memo, draft, portion, policy, check, day }: PostedCredit,
  besides: Record<string, string>,
  attempt: PostingAttempt,
  { surroundings }: Pick<BcParts, 'surroundings'>,
): PostedDocument {
  const { references } = draft.document;
  const meant = day ?? keptDay(attempt);
  const postingDay = textOf(memo, 'postingDate');
  const deferred = meant !== null && meant.day !== meant.own && postingDay > meant.own;
  return {
    system: SYSTEM,
    kind: KINDS.creditNote,
    number: textOf(memo, 'number'),
    id: textOf(memo, 'id'),
    references: withMappings(
      {
        ...portionReferences(portion),
        draft: draft.id,
        ...besides,
        salesOrder: draft.orderNumber,
        invoice: references['invoice'] ?? '',
        reference: draft.reference,
        external: textOf(memo, 'externalDocumentNumber'),
        company: references['company'] ?? '',
        postingDay,
        ...(deferred ? { deferredFrom: meant.own } : {}),
        ...check.references,
      },
      policy.mappings,
    ),
    status: statusOf(memo) || null,
    amount: negateMoney(amountIn(memo, 'totalAmountIncludingTax', draft.currency)),
    postedAt: instantOf(surroundings.clock),
  };
}
