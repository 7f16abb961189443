import { arrivedLines, unfitToReceive } from '../returns/arrived-goods';
import type { PostedDocument, ReturnEvent } from '../returns/event';
import { returnKey } from '../returns/event';
import { LedgerError } from '../returns/failure';
import { mappedReturn } from '../returns/mapped-return';
import type { Problem } from '../returns/posting-checks';
import { asTold } from '../returns/posting-lines';
import { instantOf } from '../returns/time';
import { documentReference } from '../runtime/document-reference';
import { postOnce, type PostingAttempt } from '../runtime/post-once';
import { openArrivals } from './arrivals';
import { BrightpearlRefusal } from './errors';
import { creditAmong, creditMissing } from './find-credit';
import { compareNote } from './goods-in-check';
import type { GoodsNote } from './goods-note';
import {
  draftNote,
  keepDraft,
  keptDraft,
  noteReferences,
  type DraftFacts,
  type NoteDraft,
} from './goods-note-draft';
import { elsewhere } from './mapped-place';
import type { BrightpearlParts } from './parts';
import {
  firstNote,
  planGoodsIn,
  receiptsOf,
  type Arrival,
  type GoodsFacts,
  type Receipt,
} from './plan-goods-in';
import type { GoodsInPolicy, Place } from './put-away';
import { RELEASE_KIND, releaseFromQuarantine } from './quarantine-release';
import { createdId } from './records';
import { describeRefusal } from './refused-lines';
import { SYSTEM } from './sales-credit';

export const GOODS_IN_KIND = 'goods-in';

export interface GoodsInOutcome {
  /** Everything that is booked for the return so far: notes, then releases. */
  documents: PostedDocument[];
  /** Those that this try has made or found. */
  booked: PostedDocument[];
  /** Why something is not booked, or differs from what was meant. */
  problem: Problem | null;
}

/**
 * Books the goods of a return in on its sales credit: the stock half of the pair (R92). Each arrival makes one note,
 * `…-G1`, `…-G2`; what is booked before is taken off, so that a repeat makes none. Brightpearl refuses a second note
 * with the same reference, so there is one whatever is repeated, and it is found again by that reference.
 *
 * To be run by one at a time for a return. Throws a {@link LedgerError}: `credit-missing` (state-blocked) where the
 * credit is not there yet, and what Brightpearl or the network fail with.
 *
 * @param known documents that the message carries: the credit may be among them
 */
export async function bookGoodsIn(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  policy: GoodsInPolicy,
  parts: BrightpearlParts,
  signal?: AbortSignal,
): Promise<GoodsInOutcome> {
  const { event: mapped, problem: broken } = mappedReturn(event, policy.mappings);
  const unfit = broken ?? unfitToReceive(arrivedLines(mapped, policy), policy.mappings);
  if (unfit) return { documents: [], booked: [], problem: asTold(unfit, event, mapped) };
  const stored = await parts.store.documentsOf(returnKey(event));
  const credit = creditAmong([...known, ...stored]);
  if (!credit) throw creditMissing(event, missingBecause(event));
  const ofCredit = stored.filter(
    ({ system, references }) => system === SYSTEM && references['credit'] === credit.number,
  );
  const notes = ofCredit.filter(({ kind }) => kind === GOODS_IN_KIND);
  const releases = ofCredit.filter(({ kind }) => kind === RELEASE_KIND);
  const work = new GoodsInWork(event, mapped, policy, parts, Number(credit.number), signal);
  const { booked, problem } = await work.run(notes);
  const all = [...notes, ...booked];
  if (problem || !policy.release) return { documents: [...all, ...releases], booked, problem };
  const released = await releaseFromQuarantine(event, policy, all, releases, parts, signal);
  const documents = [...all, ...releases, ...released.documents];
  return { documents, booked: [...booked, ...released.documents], problem: released.problem };
}

type Step = { document: PostedDocument | null; problem: Problem | null };

class GoodsInWork {
  private readonly reference: string;

  constructor(
    private readonly event: ReturnEvent,
    private readonly mapped: ReturnEvent,
    private readonly policy: GoodsInPolicy,
    private readonly parts: BrightpearlParts,
    private readonly creditId: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.reference = documentReference(event);
  }

  /** Makes note after note until everything that has arrived is booked. */
  async run(
    before: readonly PostedDocument[],
  ): Promise<{ booked: PostedDocument[]; problem: Problem | null }> {
    const booked: PostedDocument[] = [];
    for (;;) {
      const notes = [...before, ...booked];
      const arrived = openArrivals(this.event, this.mapped, this.policy, notes);
      if ('problem' in arrived) return { booked, problem: arrived.problem };
      if (arrived.open.length === 0) return { booked, problem: null };
      const { document, problem } = await this.book(notes.length + 1, arrived.open);
      if (document) booked.push(document);
      if (problem || !document) return { booked, problem };
    }
  }

  private book(number: number, arrivals: readonly Arrival[]): Promise<Step> {
    const { store, surroundings, connectionId, settings } = this.parts;
    const key = returnKey(this.event);
    const reference = `${this.reference}-G${number}`;
    return postOnce<Step>(
      { connectionId, kind: GOODS_IN_KIND, key: `${key}/G${number}`, returnKey: key, reference },
      {
        posted: (document) => ({ document, problem: null }),
        post: (attempt) => this.post(attempt, reference, arrivals),
      },
      { store, surroundings, limitMs: 5 * settings.timeoutSeconds * 1000, signal: this.signal },
    );
  }

  private async post(
    attempt: PostingAttempt,
    reference: string,
    arrivals: readonly Arrival[],
  ): Promise<Step> {
    const { reader } = this.parts;
    const [facts, notes] = await Promise.all([this.facts(), reader.notes(this.creditId, this.signal)]);
    if ('problem' in facts) return { document: null, problem: facts.problem };
    const kept = keptDraft(attempt.step('draft'));
    const there = notes.filter((note) => note.reference === reference);
    if (there.length > 0) return this.adopt(attempt, there, kept, { reference, arrivals, facts });
    // What may have been sent before is sent again as it was, under the same key: it can be there only once.
    if (kept && attempt.inDoubt) return this.create(attempt, kept, { reference, arrivals, facts });
    const strange = elsewhere(arrivals, this.warehouse(facts), {});
    if (strange) return { document: null, problem: strange };
    const planned = planGoodsIn(arrivals, facts, notes);
    if ('problem' in planned) return { document: null, problem: planned.problem };
    const receipts = firstNote(planned.receipts);
    if (receipts.length === 0) return { document: null, problem: null };
    const place = await this.placeOfNote(facts, reference, receipts);
    if ('problem' in place) return { document: null, problem: place.problem };
    return this.create(attempt, draftNote(receipts, place), { reference, arrivals, facts });
  }

  private async facts(): Promise<GoodsFacts | { problem: Problem }> {
    const { reader } = this.parts;
    const credit = await reader.credit(this.creditId, this.signal);
    if (!credit) throw creditMissing(this.event, `, ${this.creditId}, is not found in Brightpearl`);
    if (credit.cancelled) {
      const what = `sales credit ${credit.id} is cancelled`;
      return { problem: { code: 'credit-missing', what, lines: [] } };
    }
    const products = [...new Set(credit.rows.flatMap(({ productId }) => productId ?? []))];
    const [original, tracked] = await Promise.all([
      credit.parentId === null ? null : reader.order(credit.parentId, this.signal),
      Promise.all(products.map(async (id) => ((await reader.stockTracked(id)) ? [id] : []))),
    ]);
    const { mappings } = this.policy;
    return { credit, original, tracked: new Set(tracked.flat()), mappings };
  }

  private warehouse({ credit, original }: GoodsFacts): number {
    return this.policy.warehouseId ?? credit.warehouseId ?? original?.warehouseId ?? 0;
  }

  private async placeOfNote(
    facts: GoodsFacts,
    reference: string,
    receipts: readonly Receipt[],
  ): Promise<DraftFacts | { problem: Problem }> {
    const warehouseId = this.warehouse(facts);
    const locations: Record<Place, number> = { quarantine: 0, sellable: 0 };
    for (const place of new Set(receipts.map((receipt) => receipt.place))) {
      const found = await this.parts.directory.location(warehouseId, LOCATIONS[place]);
      if (found === null) return { problem: locationUnknown(warehouseId, place) };
      locations[place] = found;
    }
    const problem = elsewhere(receipts, warehouseId, locations);
    if (problem) return { problem };
    const { credit, original } = facts;
    const receivedOn = this.event.occurredAt;
    return { credit, original, warehouseId, locations, policy: this.policy, reference, receivedOn };
  }

  private async create(attempt: PostingAttempt, draft: NoteDraft, about: About): Promise<Step> {
    const { client, reader } = this.parts;
    await attempt.record('draft', keepDraft(draft));
    let id: number;
    try {
      const path = `/warehouse-service/order/${this.creditId}/goods-note/goods-in`;
      const answer = await attempt.write((assertAlive) =>
        client.write({ method: 'POST', path, body: draft.body, assertAlive }),
      );
      id = createdId(answer);
    } catch (thrown) {
      if (!(thrown instanceof BrightpearlRefusal)) throw thrown;
      // Which words a taken reference is refused with is not published, so the reference itself is asked for.
      const there = await this.refusedBecauseThere(thrown, about.reference);
      if (there) return this.adopt(attempt, there, draft, about);
      attempt.lookedUp();
      return { document: null, problem: describeRefusal(thrown, draft.rows) };
    }
    const notes = await reader.notes(this.creditId, this.signal);
    const ours = notes.filter((note) => note.reference === about.reference);
    // A note that a search does not show yet is there all the same: its number was told.
    const problem = ours.length === 0 ? null : compareNote(draft.meant, ours, true);
    return this.complete(attempt, id, ours, draft.references, problem);
  }

  /** The notes with our reference; null where the refusal has another reason. Throws what a person cannot mend. */
  private async refusedBecauseThere(
    refusal: BrightpearlRefusal,
    reference: string,
  ): Promise<GoodsNote[] | null> {
    if (refusal.class !== 'data-invalid' && refusal.class !== 'state-blocked') throw refusal;
    const notes = await this.parts.reader.notes(this.creditId, this.signal);
    const there = notes.filter((note) => note.reference === reference);
    if (there.length > 0) return there;
    if (refusal.code === 'brightpearl-key-taken') {
      throw new LedgerError({
        code: 'key-taken-not-found',
        class: 'ambiguous',
        message: `Brightpearl says that goods-in note ${reference} exists, and does not find it on the credit yet`,
      });
    }
    if (refusal.class === 'state-blocked') throw refusal;
    return null;
  }

  /** Hands on a note that is there: as it was sent, or, where that is not known any more, as Brightpearl tells it. */
  private async adopt(
    attempt: PostingAttempt,
    notes: readonly GoodsNote[],
    draft: NoteDraft | null,
    { reference, arrivals, facts }: About,
  ): Promise<Step> {
    const id = notes[0]?.id ?? 0;
    if (draft) {
      return this.complete(attempt, id, notes, draft.references, compareNote(draft.meant, notes, false));
    }
    const warehouseId = this.warehouse(facts);
    const quarantine = await this.parts.directory.location(warehouseId, 'quarantine');
    const { receipts, locations } = receiptsOf(notes, arrivals, facts, quarantine);
    const about = { credit: facts.credit, warehouseId, locations, reference };
    const references = noteReferences(receipts, about, this.policy.mappings);
    const meant = receipts.flatMap(({ moves, place }) =>
      moves.map(({ rowId, quantity }) => ({ rowId, quantity, locationId: locations[place] })),
    );
    return this.complete(attempt, id, notes, references, compareNote(meant, notes, false));
  }

  private async complete(
    attempt: PostingAttempt,
    id: number,
    notes: readonly GoodsNote[],
    references: Record<string, string>,
    problem: Problem | null,
  ): Promise<Step> {
    const others = notes.map((note) => note.id).filter((other) => other !== id);
    const document: PostedDocument = {
      system: SYSTEM,
      kind: GOODS_IN_KIND,
      number: String(id),
      id: String(id),
      references: { ...references, ...(others.length === 0 ? {} : { notes: others.join(', ') }) },
      status: 'received',
      amount: null,
      postedAt: instantOf(this.parts.surroundings.clock),
    };
    await attempt.complete(document);
    return { document, problem };
  }
}

/** What a try at a note is about. */
interface About {
  reference: string;
  arrivals: readonly Arrival[];
  facts: GoodsFacts;
}

const LOCATIONS = { quarantine: 'quarantine', sellable: 'default' } as const;

function missingBecause(event: ReturnEvent): string {
  return event.topic === 'return.rejected'
    ? 'is not there: the goods were rejected, so it may never come'
    : 'is not there yet';
}

export function locationUnknown(warehouseId: number, place: Place): Problem {
  const what = `warehouse ${warehouseId} has no ${LOCATIONS[place]} location`;
  return { code: 'location-unknown', what, lines: [{ field: 'location', expected: LOCATIONS[place] }] };
}
