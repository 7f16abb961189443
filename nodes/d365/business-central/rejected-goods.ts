import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { returnKey } from '../../returns/event';
import { formatMoney, money } from '../../returns/money';
import type { Problem } from '../../returns/posting-checks';
import { instantOf } from '../../returns/time';
import type { PostingAttempt } from '../../runtime/post-once';
import { SYSTEM, type PostedDocuments, type ReturnOrderOutcome, type ReturnOrderPolicy } from '../documents';
import { allUnits, partOfDraft, type DraftRow } from './draft-rows';
import { draftMissing } from './memo';
import { once } from './once';
import type { BcParts } from './parts';
import {
  afterPortion,
  decidedOf,
  draftAmong,
  isEmpty,
  openPortion,
  portionReferences,
  REDUCED_KIND,
  unitsDecided,
  type Draft,
  type Portion,
} from './portion';
import { deleteDraft, reduceDraft } from './reduce-draft';

/**
 * Takes rejected goods off the draft credit memo, so that nobody posts a credit for them (`reference/dynamics365.md` C3). A
 * draft of which nothing is left is deleted. A draft that is posted, or that a person has changed, is not touched.
 */
export async function takeRejectedOff(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  parts: BcParts,
  signal?: AbortSignal,
): Promise<PostedDocuments> {
  const key = returnKey(event);
  const stored = await parts.store.documentsOf(key);
  const draft = draftAmong([...stored, ...known]);
  if (!draft) return NOTHING;
  const decided = decidedOf(stored, draft);
  const before = decided.filter(({ kind }) => kind === REDUCED_KIND);
  const open = openPortion(event, draft, decided, REDUCED_KIND);
  if ('problem' in open) return { documents: before, made: [], problem: open.problem };
  if (isEmpty(open.portion)) return { documents: before, made: [], problem: null };
  const { portion } = open;
  const name = `R${before.length + 1}`;
  const { connectionId } = parts;
  const { document, problem } = await once<Step>(
    {
      connectionId,
      kind: REDUCED_KIND,
      key: `${key}/${name}`,
      returnKey: key,
      reference: `${draft.reference}-${name}`,
    },
    {
      posted: (posted) => ({ document: posted, problem: null }),
      post: (attempt) =>
        draft.onOrder
          ? keepOffCredit({ draft, decided, portion }, parts, attempt)
          : takeOff({ draft, decided, portion }, parts, attempt, signal),
    },
    parts,
    signal,
  );
  const made = document ? [document] : [];
  return { documents: [...before, ...made], made, problem };
}

/**
 * Goods have arrived: their return is to have a draft by now. Goods that nobody announced get it here; where that is not
 * wanted, it is waited for. They need no document of their own: posting the credit takes them into stock (B5, way 1).
 */
export async function ensureAnnounced(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  policy: ReturnOrderPolicy | null,
  { store }: BcParts,
  announce: (policy: ReturnOrderPolicy) => Promise<ReturnOrderOutcome>,
): Promise<PostedDocuments> {
  const stored = await store.documentsOf(returnKey(event));
  if (draftAmong([...stored, ...known])) return NOTHING;
  if (policy === null) throw draftMissing(event);
  const outcome = await announce(policy);
  if (outcome.outcome === 'exception') return { documents: [], made: [], problem: outcome.problem };
  const { document, mismatch } = outcome;
  return { documents: [document], made: [document], problem: mismatch };
}

const NOTHING: PostedDocuments = { documents: [], made: [], problem: null };

type Step = { document: PostedDocument | null; problem: Problem | null };

interface Rejection {
  draft: Draft;
  decided: readonly PostedDocument[];
  portion: Portion;
}

async function takeOff(
  { draft, decided, portion }: Rejection,
  parts: BcParts,
  attempt: PostingAttempt,
  signal?: AbortSignal,
): Promise<Step> {
  const { client, surroundings } = parts;
  const done = unitsDecided(decided);
  const all = allUnits(draft.rows);
  const fees = draft.rows.filter(({ fee }) => fee);
  const before = partOfDraft(draft.rows, done, all, draft.currency);
  const rest = partOfDraft(draft.rows, afterPortion(done, portion), all, draft.currency);
  if (!before || !rest) {
    const what = `credit memo ${draft.document.number}: part of a piece was rejected`;
    return { document: null, problem: { code: 'quantity-not-whole', what, lines: [] } };
  }
  const problem =
    rest.length === 0
      ? await deleteDraft(draft, [...before, ...fees], parts, attempt, signal)
      : await reduceDraft(draft, [...before, ...fees], [...rest, ...fees], client, attempt, signal);
  if (problem) return { document: null, problem };
  const status = rest.length === 0 ? 'deleted' : 'reduced';
  const document = decision(draft, portion, status, surroundings);
  await attempt.complete(document);
  const lost = rest.length === 0 ? fees : [];
  return { document, problem: lost.length === 0 ? null : feeLost(draft, lost) };
}

function decision(
  draft: Draft,
  portion: Portion,
  status: string,
  surroundings: BcParts['surroundings'],
): PostedDocument {
  return {
    system: SYSTEM,
    kind: REDUCED_KIND,
    number: draft.document.number,
    id: draft.id,
    references: { ...portionReferences(portion), draft: draft.id, reference: draft.reference },
    status,
    amount: null,
    postedAt: instantOf(surroundings.clock),
  };
}

/**
 * Rejected goods of a return order are never invoiced. What is received cannot be taken back by any service, nor may a
 * released order be changed, so a person is told what to do with the rest of the order.
 */
async function keepOffCredit(
  { draft, decided, portion }: Rejection,
  { surroundings }: BcParts,
  attempt: PostingAttempt,
): Promise<Step> {
  const document = decision(draft, portion, 'kept off the credit', surroundings);
  await attempt.complete(document);
  const goods = Object.entries(portion.units).map(([line, count]) => {
    const items = new Set(draft.rows.filter((row) => row.line === line).map(({ item }) => item));
    return `${count} × ${[...items].join(' + ')}`;
  });
  const done = afterPortion(unitsDecided(decided), portion);
  const last = partOfDraft(draft.rows, done, allUnits(draft.rows), draft.currency)?.length === 0;
  const fees = last ? draft.rows.filter(({ fee }) => fee) : [];
  const lost = fees.map(({ item, gross }) => `${item} ${formatMoney(money(-gross, draft.currency))}`);
  const what =
    `return order ${draft.document.number}: ${goods.join(', ')} rejected; they are not credited. In Business Central, undo ` +
    'their receipt if they were received, and take them off the order' +
    (lost.length === 0 ? '' : `; no credit is left for the fee ${lost.join(', ')}`);
  return { document, problem: { code: 'rejected-goods', what, lines: [] } };
}

/** The fee was to be taken off the last credit of the return, and there is none any more. */
function feeLost(draft: Draft, fees: readonly DraftRow[]): Problem {
  const names = fees.map(({ item, gross }) => `${item} ${formatMoney(money(-gross, draft.currency))}`);
  const what = `draft ${draft.document.number} is deleted, and with it the fee that no credit is left for: ${names.join(', ')}`;
  return { code: 'rejected-goods', what, lines: [] };
}
