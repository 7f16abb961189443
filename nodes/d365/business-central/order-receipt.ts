import { dayIn } from '../../returns/calendar';
import { arrivedLines } from '../../returns/arrived-goods';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import { instantOf } from '../../returns/time';
import type { PostingAttempt } from '../../runtime/post-once';
import { KINDS, SYSTEM, type ArrivalPolicy, type PostedDocuments } from '../documents';
import { anyOf, eq } from '../fscm/odata';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import { partOfDraft, type DraftRow } from './draft-rows';
import { once } from './once';
import { changedByHand, orderGone, readOrder, waitForApproval, type OrderPage } from './order-page';
import { placesOf } from './order-places';
import { prepareOrder, tidy } from './order-step';
import type { BcParts } from './parts';
import {
  afterPortion,
  isEmpty,
  openPortion,
  portionReferences,
  unitsDecided,
  type Draft,
  type Portion,
} from './portion';
import { closedUntil, dayRefused, postingDay } from './posting-day';
import { receiveAction } from './published';
import { setPath } from './query';
import { statusOf } from './sales';

/**
 * Has the goods that an event says have arrived received on their return order (B5, way 3): *Return Qty. to Receive* of each
 * line, then the procedure that posts the receipt, then what was received, the receipt and its item entries are read back
 * (R176). Goods may come in several parts. What a person has received already is taken as received.
 *
 * To be run by one at a time for a return.
 */
export async function receiveOnOrder(
  event: ReturnEvent,
  draft: Draft,
  policy: ArrivalPolicy,
  parts: BcParts,
  signal?: AbortSignal,
): Promise<PostedDocuments> {
  const key = returnKey(event);
  const stored = await parts.store.documentsOf(key);
  const before = arrivalsOf(stored, draft);
  const arrived = { ...event, lines: arrivedLines(event, policy) };
  const open = openPortion(arrived, draft, before, KINDS.arrival);
  if ('problem' in open) return { documents: before, made: [], problem: open.problem };
  if (isEmpty(open.portion)) return { documents: before, made: [], problem: null };
  const places = placesOf(arrived, policy);
  if ('problem' in places) return { documents: before, made: [], problem: places.problem };
  const name = `A${before.length + 1}`;
  const work = { event, draft, before, portion: open.portion, places: places.places };
  const { document, problem } = await once<Step>(
    {
      connectionId: parts.connectionId,
      kind: KINDS.arrival,
      key: `${key}/${name}`,
      returnKey: key,
      reference: `${draft.reference}-${name}`,
    },
    {
      posted: (posted) => ({ document: posted, problem: null }),
      post: (attempt) => new Receipt(name, work, parts, attempt, signal).run(),
    },
    parts,
    signal,
  );
  const made = document ? [document] : [];
  return { documents: [...before, ...made], made, problem };
}

/** Receipts of a return order that are known. */
export function arrivalsOf(documents: readonly PostedDocument[], draft: Draft): PostedDocument[] {
  return documents.filter(
    ({ system, kind, references }) =>
      system === SYSTEM && kind === KINDS.arrival && references['draft'] === draft.id,
  );
}

interface Work {
  event: ReturnEvent;
  draft: Draft;
  before: readonly PostedDocument[];
  portion: Portion;
  /** Where goods go, by the id of their line. */
  places: ReadonlyMap<string, string>;
}

type Step = { document: PostedDocument | null; problem: Problem | null };

class Receipt {
  constructor(
    private readonly name: string,
    private readonly work: Work,
    private readonly parts: BcParts,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<Step> {
    const { draft, before } = this.work;
    const kept = this.attempt.step('portion');
    // What a receipt is for was fixed when it was first tried.
    const portion = kept ? (JSON.parse(String(kept['portion'])) as Portion) : this.work.portion;
    const upTo = afterPortion(unitsDecided(before), portion);
    const rows = partOfDraft(draft.rows, new Map(), upTo, draft.currency);
    if (!rows) return failed(broken(draft));
    if (!kept) await this.attempt.record('portion', { portion: JSON.stringify(portion) });
    const order = await this.read();
    if ('problem' in order) return failed(order.problem);
    this.attempt.lookedUp();
    const targets = targetsOf(draft, rows);
    let number = '';
    if (missingOn(order, targets).length > 0) {
      waitForApproval(order);
      const day = await this.day();
      const posted = await this.receive(order, targets, day);
      if (typeof posted !== 'string') return failed(posted);
      number = posted;
    }
    const now = await this.read();
    if ('problem' in now) return failed(now.problem);
    const short = missingOn(now, targets);
    if (short.length > 0) return failed(notReceived(draft, short));
    return this.finish(number || (await this.lostReceipt()), portion);
  }

  private async read(): Promise<OrderPage | { problem: Problem }> {
    const { draft } = this.work;
    const { client, settings } = this.parts;
    const order = await readOrder(client, settings, draft.id, this.signal);
    if (!order) return { problem: orderGone(draft.document.number) };
    const changed = changedByHand(order, draft.rows, draft.currency);
    return changed ? { problem: changed } : order;
  }

  /** Goods are received on the day that they came, or on the first open one. */
  private async day(): Promise<string> {
    const { client } = this.parts;
    const closed = closedUntil(await client.list(setPath('accountingPeriods'), this.signal));
    const found = postingDay(this.work.event.occurredAt, closed, { closedPeriod: 'defer', timeZone: 'UTC' });
    return 'problem' in found ? this.work.event.occurredAt.slice(0, 10) : found.day;
  }

  /** Where the day is refused, today is tried, once: the goods are here, whatever the books say of the day they came. */
  private async receive(
    order: OrderPage,
    targets: ReadonlyMap<number, number>,
    day: string,
    tried: readonly string[] = [],
  ): Promise<string | Problem> {
    const { client, settings } = this.parts;
    const { draft, places } = this.work;
    const open = statusOf({ status: textOf(order.header, 'Status') }) === 'Open';
    const lineOf = new Map(draft.rows.map((row) => [row.lineNo, row.line]));
    const values = order.lines.map((line): [number, D365Row] => {
      const number = numberOf(line, 'Line_No');
      const received = numberOf(line, 'Return_Qty_Received');
      const quantity = Math.max(0, tidy((targets.get(number) ?? 0) - received));
      const place = places.get(lineOf.get(number) ?? '');
      // Business Central takes another place only as long as the order is open and nothing has come.
      const moved = place !== undefined && open && received === 0 && quantity > 0;
      return [number, { Return_Qty_to_Receive: quantity, ...(moved ? { Location_Code: place } : {}) }];
    });
    await prepareOrder(order, new Map(values), day, this.parts, this.attempt, this.signal);
    try {
      const given = await this.attempt.write((assertAlive) => {
        assertAlive();
        const parameters = { [settings.bcPostingParameter]: draft.id };
        return client.run(receiveAction(settings), parameters, this.signal);
      });
      return typeof given === 'string' || typeof given === 'number' ? String(given) : '';
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown;
      if (thrown.code !== 'd365-posting-date' && thrown.code !== 'd365-inventory-closed') throw thrown;
      this.attempt.writing = false;
      const today = dayIn('UTC', this.parts.surroundings.clock.now());
      if (day >= today) return dayRefused([...tried, day], thrown);
      const now = await this.read();
      return 'problem' in now ? now.problem : this.receive(now, targets, today, [...tried, day]);
    }
  }

  /** The number of a receipt whose answer was lost: told where the version has receipts, else ours stands for it. */
  private async lostReceipt(): Promise<string> {
    const { draft, before } = this.work;
    const numbers = await receiptsOf(draft, this.parts, this.signal);
    const known = new Set(before.map((document) => document.number));
    return numbers.findLast((number) => !known.has(number)) ?? `${draft.document.number}-${this.name}`;
  }

  private async finish(number: string, portion: Portion): Promise<Step> {
    const { draft } = this.work;
    const document: PostedDocument = {
      system: SYSTEM,
      kind: KINDS.arrival,
      number,
      id: number,
      references: {
        ...portionReferences(portion),
        draft: draft.id,
        returnOrder: draft.document.number,
        reference: draft.reference,
        company: draft.document.references['company'] ?? '',
      },
      status: 'Posted',
      amount: null,
      postedAt: instantOf(this.parts.surroundings.clock),
    };
    const problem = await this.withoutStock(number, portion);
    await this.attempt.complete(document);
    return { document, problem };
  }

  /** A success alone is no proof: item entries of the receipt are (R176). Services and fees have none. */
  private async withoutStock(number: string, { units }: Portion): Promise<Problem | null> {
    const { draft, before } = this.work;
    // Of a receipt whose number nobody told, no entries can be found.
    if (number === `${draft.document.number}-${this.name}`) return null;
    const done = unitsDecided(before);
    const rows =
      partOfDraft(draft.rows, done, afterPortion(done, { units, unitIds: [] }), draft.currency) ?? [];
    const numbers = [...new Set(rows.map(({ item }) => item))];
    const [items = [], entries = []] = await this.parts.client.readTogether(
      [
        setPath('items', { filter: anyOf('number', numbers) }),
        setPath('itemLedgerEntries', { filter: eq('documentNumber', number) }),
      ],
      this.signal,
    );
    const moved = new Set(entries.map((row) => textOf(row, 'itemNumber')));
    const lines = items
      .filter((row) => textOf(row, 'type') === 'Inventory' && !moved.has(textOf(row, 'number')))
      .map((row) => ({
        sku: textOf(row, 'number'),
        field: 'stock',
        expected: 'an item ledger entry',
        received: 'none',
      }));
    const what = `return receipt ${number} is posted, and no goods came in with it`;
    return lines.length === 0 ? null : { code: 'amount-mismatch', what, lines };
  }
}

/** Numbers of the posted receipts of a return order, first to last; none where the version cannot tell (before 29). */
export async function receiptsOf(
  draft: Draft,
  { client }: Pick<BcParts, 'client'>,
  signal?: AbortSignal,
): Promise<string[]> {
  try {
    const path = setPath('returnReceipts', { filter: eq('orderNumber', draft.document.number) });
    return (await client.rows(path, signal)).map((row) => textOf(row, 'number'));
  } catch (thrown) {
    if (thrown instanceof LedgerError && thrown.code === 'd365-not-found') return [];
    throw thrown;
  }
}

/** What each line is to have received in the end. Fees come with the first goods: nothing can be credited before it is received. */
function targetsOf(draft: Draft, rows: readonly DraftRow[]): Map<number, number> {
  const targets = new Map(rows.map((row) => [row.lineNo ?? 0, row.quantity]));
  for (const fee of draft.rows.filter((row) => row.fee)) targets.set(fee.lineNo ?? 0, fee.quantity);
  return targets;
}

function missingOn({ lines }: OrderPage, targets: ReadonlyMap<number, number>): D365Row[] {
  return lines.filter(
    (line) => numberOf(line, 'Return_Qty_Received') < (targets.get(numberOf(line, 'Line_No')) ?? 0),
  );
}

function notReceived(draft: Draft, short: readonly D365Row[]): Problem {
  return {
    code: 'arrival-not-posted',
    what: `return order ${draft.document.number}: the receipt was posted, and not all of it is received`,
    lines: short.map((line) => ({
      sku: textOf(line, 'No'),
      field: 'received',
      expected: 'what has arrived',
      received: String(numberOf(line, 'Return_Qty_Received')),
    })),
  };
}

function broken(draft: Draft): Problem {
  const what = `return order ${draft.document.number}: part of a piece has arrived`;
  return { code: 'quantity-not-whole', what, lines: [] };
}

function failed(problem: Problem): Step {
  return { document: null, problem };
}
