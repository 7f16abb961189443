import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { returnKey } from '../../returns/event';
import type { Problem } from '../../returns/posting-checks';
import type { PostingAttempt } from '../../runtime/post-once';
import type { IntentData } from '../../store/store';
import { KINDS, type CreditNotePolicy, type PostedDocuments } from '../documents';
import { textOf, type D365Row } from '../fscm/rows';
import { checkPosted } from './check-posted';
import { creditDocument } from './credit-document';
import { conflict } from './draft-content';
import { allUnits, lineBody, partOfDraft, type DraftRow, type LineCounts } from './draft-rows';
import { externalNumber } from './external-number';
import { findPlaces } from './locations';
import { draftMissing, memosNumbered, readMemo, severalMemos } from './memo';
import { once } from './once';
import { OrderCredit } from './order-credit';
import type { BcParts } from './parts';
import {
  afterPortion,
  decidedOf,
  draftAmong,
  isEmpty,
  openPortion,
  unitsDecided,
  type Draft,
  type Portion,
} from './portion';
import { MemoPosting, type PostedMemo } from './post-memo';
import { deleteDraft, reduceDraft } from './reduce-draft';
import { linesIn } from './sales';

/**
 * Posts the credit of the goods that an event says are accepted. Where that is all that the draft still holds, the draft
 * itself is posted. Where more is to be decided, the accepted goods go into a credit memo of their own, and the draft keeps
 * the rest, so that nothing is credited before its goods are accepted (R87) and nobody waits for the other parcel. Fees
 * stay on the draft: they are charged with the last goods.
 *
 * To be run by one at a time for a return. Throws a {@link LedgerError}: `credit-missing` (state-blocked) where the draft is
 * not there yet, `d365-draft-in-review` (state-blocked) where it waits for approval, and what the ERP or the network fail with.
 *
 * @param known documents that the message carries: the draft may be among them
 */
export async function postCredit(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  policy: CreditNotePolicy,
  parts: BcParts,
  signal?: AbortSignal,
): Promise<PostedDocuments> {
  const key = returnKey(event);
  const stored = await parts.store.documentsOf(key);
  const draft = draftAmong([...stored, ...known]);
  if (!draft) throw draftMissing(event);
  const before = decidedOf(stored, draft);
  const made: PostedDocument[] = [];
  for (;;) {
    const decided = [...before, ...made];
    const documents = decided.filter(({ kind }) => kind === KINDS.creditNote);
    const open = openPortion(event, draft, decided, KINDS.creditNote);
    if ('problem' in open) return { documents, made, problem: open.problem };
    if (isEmpty(open.portion)) return { documents, made, problem: null };
    const number = documents.length + 1;
    const step = await postPortion(
      number,
      { event, draft, decided, portion: open.portion, policy },
      parts,
      signal,
    );
    if (step.document) made.push(step.document);
    if (step.problem || !step.document) {
      const all = step.document ? [...documents, step.document] : documents;
      return { documents: all, made, problem: step.problem };
    }
  }
}

interface Work {
  event: ReturnEvent;
  draft: Draft;
  /** What was decided of the draft so far. */
  decided: readonly PostedDocument[];
  portion: Portion;
  policy: CreditNotePolicy;
}

type Step = { document: PostedDocument | null; problem: Problem | null };

function postPortion(number: number, work: Work, parts: BcParts, signal?: AbortSignal): Promise<Step> {
  const key = returnKey(work.event);
  const { connectionId } = parts;
  const reference = `${work.draft.reference}-C${number}`;
  return once<Step>(
    { connectionId, kind: KINDS.creditNote, key: `${key}/C${number}`, returnKey: key, reference },
    {
      posted: (document) => ({ document, problem: null }),
      post: (attempt) =>
        work.draft.onOrder
          ? new OrderCredit(work, parts, attempt, signal).run()
          : new PortionWork(number, work, parts, attempt, signal).run(),
    },
    parts,
    signal,
  );
}

/** What a credit is for was fixed when it was first tried: what is decided later does not change it any more. */
interface Fixed {
  portion: Portion;
  /** Units of each line that were decided before. */
  from: ReadonlyMap<string, number>;
  /** Whether it has a credit memo of its own, beside the draft. */
  apart: boolean;
}

function keepFixed({ portion, from, apart }: Fixed): IntentData {
  const { units, unitIds } = portion;
  return {
    units: JSON.stringify(units),
    unitIds: JSON.stringify(unitIds),
    from: JSON.stringify([...from]),
    apart,
  };
}

function keptFixed(data: IntentData | undefined): Fixed | null {
  if (!data) return null;
  const read = (name: string): unknown => JSON.parse(String(data[name]));
  return {
    portion: { units: read('units') as Record<string, number>, unitIds: read('unitIds') as string[] },
    from: new Map(read('from') as [string, number][]),
    apart: data['apart'] === true,
  };
}

class PortionWork {
  constructor(
    private readonly number: number,
    private readonly work: Work,
    private readonly parts: BcParts,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<Step> {
    const { draft, decided, event, policy } = this.work;
    const done = unitsDecided(decided);
    const all = allUnits(draft.rows);
    const cut = (from: LineCounts, to: LineCounts): DraftRow[] | null =>
      partOfDraft(draft.rows, from, to, draft.currency);
    const kept = keptFixed(this.attempt.step('portion'));
    const portion = kept?.portion ?? this.work.portion;
    const from = kept?.from ?? done;
    const [before, rest] = [cut(done, all), cut(afterPortion(done, portion), all)];
    const accepted = cut(from, afterPortion(from, portion));
    if (!before || !accepted || !rest) return failed(broken(portion, draft));
    const apart = kept?.apart ?? rest.length > 0;
    const places = await findPlaces(event, accepted, policy.mappings, this.parts.client, this.signal);
    if ('problem' in places) return failed(places.problem);
    const fees = draft.rows.filter(({ fee }) => fee);
    if (!kept) await this.attempt.record('portion', keepFixed({ portion, from, apart }));
    const target = apart
      ? await this.apart(accepted, [...before, ...fees], [...rest, ...fees])
      : { id: draft.id, number: draft.document.number, rows: [...before, ...fees] };
    if ('problem' in target) return failed(target.problem);
    const invoices = (draft.document.references['invoice'] ?? '').split(', ').filter(Boolean);
    const posting = new MemoPosting(
      event,
      { ...target, invoices, draft, places },
      policy,
      this.parts,
      this.attempt,
      this.signal,
    );
    const posted = await posting.run();
    if ('problem' in posted) return failed(posted.problem);
    return this.finish(posted, portion, target.rows);
  }

  /** A memo of their own for goods that are accepted before the others, and the draft without them. */
  private async apart(
    accepted: readonly DraftRow[],
    before: readonly DraftRow[],
    rest: readonly DraftRow[],
  ): Promise<{ id: string; number: string; rows: readonly DraftRow[] } | { problem: Problem }> {
    const { draft } = this.work;
    const { client } = this.parts;
    const held = await this.memoApart(accepted);
    if ('problem' in held) return held;
    // Only now: had the draft been reduced first and the memo refused, the goods would be on neither.
    if (this.attempt.step('reduced') === undefined) {
      const problem =
        rest.length === 0
          ? await deleteDraft(draft, before, this.parts, this.attempt, this.signal)
          : await reduceDraft(draft, before, rest, client, this.attempt, this.signal);
      if (problem) return { problem };
      await this.attempt.record('reduced', { draft: draft.document.number });
    }
    return { id: textOf(held.memo, 'id'), number: held.number, rows: accepted };
  }

  private async memoApart(
    accepted: readonly DraftRow[],
  ): Promise<{ memo: D365Row; number: string } | { problem: Problem }> {
    const { draft, event } = this.work;
    const { client } = this.parts;
    const external = externalNumber(draft.reference, draft.orderNumber, `-C${this.number}`);
    const [there = []] = await client.readTogether([memosNumbered(external, draft.customer)], this.signal);
    const several = severalMemos(there);
    if (several) return { problem: several };
    const kept = this.attempt.step('memo');
    const [found] = there;
    this.attempt.lookedUp();
    if (found) {
      const strange = conflict(found, accepted);
      if (strange) return { problem: strange };
      const number = kept === undefined ? textOf(found, 'number') : String(kept['number']);
      return { memo: found, number };
    }
    const original = await readMemo(client, draft.id, this.signal);
    const day = event.occurredAt.slice(0, 10);
    const reason = textOf(original ?? {}, 'customerReturnReasonId');
    const location = textOf(linesIn(original ?? {}, 'salesCreditMemoLines')[0] ?? {}, 'locationId');
    const body = {
      customerNumber: draft.customer,
      externalDocumentNumber: external,
      creditMemoDate: day,
      postingDate: day,
      currencyCode: draft.currency,
      ...(/^[0-]*$/.test(reason) ? {} : { customerReturnReasonId: reason }),
      salesCreditMemoLines: accepted.map((row) => lineBody(row, draft.currency, location)),
    };
    const memo = await this.attempt.write((assertAlive) => {
      assertAlive();
      return client.create('salesCreditMemos', body, this.signal);
    });
    const number = textOf(memo, 'number');
    await this.attempt.record('memo', { id: textOf(memo, 'id'), number });
    return { memo, number };
  }

  private async finish(
    posted: Extract<PostedMemo, { memo: D365Row }>,
    portion: Portion,
    rows: readonly DraftRow[],
  ): Promise<Step> {
    const { draft, policy } = this.work;
    const { memo, day } = posted;
    const invoices = (draft.document.references['invoice'] ?? '').split(', ').filter(Boolean);
    const check = await checkPosted(memo, rows, invoices, policy.toleranceMinor, this.parts, this.signal);
    const document = creditDocument(
      { memo, draft, portion, policy, check, day },
      { draftNumber: draft.document.number, appliedTo: textOf(memo, 'invoiceNumber') },
      this.attempt,
      this.parts,
    );
    await this.attempt.complete(document);
    return { document, problem: check.problem };
  }
}

function failed(problem: Problem): Step {
  return { document: null, problem };
}

/** Part of a pack or of a bundle's component was accepted. */
function broken({ units }: Portion, draft: Draft): Problem {
  const what = `credit memo ${draft.document.number}: ${Object.entries(units)
    .map(([line, count]) => `${count} of line ${line}`)
    .join(', ')}`;
  return { code: 'quantity-not-whole', what, lines: [] };
}
