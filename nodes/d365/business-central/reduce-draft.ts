import type { Problem } from '../../returns/posting-checks';
import type { PostingAttempt } from '../../runtime/post-once';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import { etagOf, type BcCalls } from './client';
import { conflict, lineAmount } from './draft-content';
import { priceFields, type DraftRow } from './draft-rows';
import { inReview, isPosted, memoGone, readMemo } from './memo';
import type { BcParts } from './parts';
import type { Draft } from './portion';
import { idIn, linesIn, statusOf } from './sales';

/**
 * Brings the draft to a part of its plan, line by line. What a try before this one has changed already is left as it is, so
 * that it can be repeated. A draft that is neither as it was nor on the way is somebody else's: it is not touched.
 *
 * @param before what it should hold, or hold as far as it was not changed yet
 * @param after  what it is to hold
 */
export async function reduceDraft(
  draft: Draft,
  before: readonly DraftRow[],
  after: readonly DraftRow[],
  client: BcCalls,
  attempt: PostingAttempt,
  signal?: AbortSignal,
): Promise<Problem | null> {
  const memo = await readMemo(client, draft.id, signal);
  if (!memo) return memoGone(draft.document.number);
  if (await isPosted(memo, draft.document.number, client, signal)) {
    return { ...postedByHand(memo, draft) };
  }
  if (statusOf(memo) === 'In Review') throw inReview(memo);
  const steps = stepsTo(memo, before, after);
  if (steps === null) return conflict(memo, before) ?? conflict(memo, after);
  for (const { line, row } of steps) {
    const path = `salesCreditMemoLines(${textOf(line, 'id')})`;
    const held = await client.get(path, signal);
    if (!held) continue;
    await attempt.write(async (assertAlive) => {
      assertAlive();
      if (row) await client.patch(path, priceFields(row, draft.currency), etagOf(held), signal);
      else await client.remove(path, etagOf(held), signal);
    });
  }
  return null;
}

interface Step {
  line: D365Row;
  /** What the line is to be; null where it goes. */
  row: DraftRow | null;
}

/** What is still to be changed; null where a line is neither as it was nor as it is to be. */
function stepsTo(memo: D365Row, before: readonly DraftRow[], after: readonly DraftRow[]): Step[] | null {
  const open = linesIn(memo, 'salesCreditMemoLines').filter((line) => textOf(line, 'lineType') !== 'Comment');
  const take = (row: DraftRow): D365Row | undefined => {
    const at = open.findIndex((line) => holds(memo, line, row));
    return at < 0 ? undefined : open.splice(at, 1)[0];
  };
  const steps: Step[] = [];
  // Lines that stay as they are first, so that none of them is taken for one that changes.
  const meant = (row: DraftRow): DraftRow | null =>
    after.find((one) => one.external === row.external && one.fee === row.fee) ?? null;
  const changing: DraftRow[] = [];
  for (const row of before) {
    const next = meant(row);
    if (next && next.quantity === row.quantity) {
      if (!take(row)) return null;
    } else {
      changing.push(row);
    }
  }
  for (const row of changing) {
    const next = meant(row);
    if (next && take(next)) continue;
    const line = take(row);
    if (line) steps.push({ line, row: next });
    else if (next) return null;
  }
  return open.length === 0 ? steps : null;
}

/** Whether a line of a memo is as it was planned. */
export function holds(memo: D365Row, line: D365Row, row: DraftRow): boolean {
  return (
    textOf(line, 'lineObjectNumber').toUpperCase() === row.item.toUpperCase() &&
    idIn(line, 'itemVariantId') === row.variantId &&
    numberOf(line, 'quantity') === row.quantity &&
    lineAmount(memo, line) === row.base
  );
}

/** Somebody has posted the draft before it was decided. */
export function postedByHand(memo: D365Row, draft: Draft): Problem {
  return {
    code: 'document-conflict',
    what: `draft ${draft.document.number} was posted in Business Central as credit memo ${textOf(memo, 'number')}; a credit that must not stand is reversed by a sales invoice of the same lines, for it cannot be cancelled`,
    lines: [
      {
        field: 'document',
        expected: `draft ${draft.document.number}`,
        received: `credit memo ${textOf(memo, 'number')}`,
      },
    ],
  };
}

/** Deletes a draft that nobody has touched. What is gone already is as it should be: its goods are not credited. */
export async function deleteDraft(
  draft: Draft,
  rows: readonly DraftRow[],
  { client }: BcParts,
  attempt: PostingAttempt,
  signal?: AbortSignal,
): Promise<Problem | null> {
  const memo = await readMemo(client, draft.id, signal);
  attempt.lookedUp();
  if (!memo) return null;
  if (await isPosted(memo, draft.document.number, client, signal)) return postedByHand(memo, draft);
  const strange = conflict(memo, rows);
  if (strange) return strange;
  if (statusOf(memo) === 'In Review') throw inReview(memo);
  await attempt.write((assertAlive) => {
    assertAlive();
    return client.remove(`salesCreditMemos(${draft.id})`, etagOf(memo), signal);
  });
  return null;
}
