import { returnKey, type PostedDocument, type ReturnEvent } from '../../returns/event';
import { dayIn, type Day } from '../../returns/calendar';
import { LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import type { PostingAttempt } from '../../runtime/post-once';
import type { CreditNotePolicy } from '../documents';
import { and, eq } from '../fscm/odata';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import { checkPosted } from './check-posted';
import { creditDocument, keepDay } from './credit-document';
import { conflict } from './draft-content';
import { allUnits, partOfDraft, type DraftRow } from './draft-rows';
import { changedByHand, orderGone, readOrder, waitForApproval, type OrderPage } from './order-page';
import { creditByOthers, othersPaths } from './others';
import { arrivalsOf, receiptsOf } from './order-receipt';
import { prepareOrder, tidy } from './order-step';
import type { BcParts } from './parts';
import { afterPortion, unitsDecided, type Draft, type Portion } from './portion';
import { closedUntil, dayRefused, postingDay, type PostingDay } from './posting-day';
import { invoiceAction } from './published';
import { setPath, withLines } from './query';
import { statusOf } from './sales';

/** How a credit is to be posted. */
export interface OrderCreditWork {
  event: ReturnEvent;
  draft: Draft;
  decided: readonly PostedDocument[];
  portion: Portion;
  policy: CreditNotePolicy;
}

type Step = { document: PostedDocument | null; problem: Problem | null };

interface Fixed {
  portion: Portion;
  from: [string, number][];
  /** What each line is to have invoiced in the end, by its number. */
  targets: [number, number][];
}

/**
 * Has the accepted goods of a return order invoiced (B5, way 3): *Qty. to Invoice* of each line, at most what is received; then
 * the procedure that posts the credit memo, which is read back. An order that is done with is deleted by Business Central. Fees
 * go with the last goods.
 */
export class OrderCredit {
  constructor(
    private readonly work: OrderCreditWork,
    private readonly parts: BcParts,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<Step> {
    const { draft, decided, policy, event } = this.work;
    const { client, settings } = this.parts;
    const kept = this.kept();
    const order = await readOrder(client, settings, draft.id, this.signal);
    if (!order && !kept) return failed(orderGone(draft.document.number));
    const changed = order && changedByHand(order, draft.rows, draft.currency);
    if (changed) return failed(changed);
    const portion = kept?.portion ?? this.work.portion;
    const from = new Map(kept?.from ?? unitsDecided(decided));
    const after = afterPortion(from, portion);
    const goods = partOfDraft(draft.rows, from, after, draft.currency);
    const rest = partOfDraft(draft.rows, after, allUnits(draft.rows), draft.currency);
    if (!goods || !rest) {
      const what = `return order ${draft.document.number}: part of a piece was accepted`;
      return failed({ code: 'quantity-not-whole', what, lines: [] });
    }
    const rows = rest.length > 0 ? goods : [...goods, ...draft.rows.filter(({ fee }) => fee)];
    const targets = new Map(kept?.targets ?? (order ? targetsOf(order, rows) : []));
    this.attempt.lookedUp();
    let day: PostingDay | null = null;
    let number = '';
    if (order && !isInvoiced(order, targets)) {
      waitForApproval(order);
      waitForGoods(order, targets);
      const found = await this.dayFor(rows, event, policy);
      if ('problem' in found) return failed(found.problem);
      if (!kept) {
        const fixed: Fixed = { portion, from: [...from], targets: [...targets] };
        await this.attempt.record('portion', { fixed: JSON.stringify(fixed) });
      }
      const posted = await this.invoice(order, targets, found);
      if ('problem' in posted) return failed(posted.problem);
      ({ day, number } = posted);
    }
    const memo = await this.postedMemo(number, rows);
    if (!memo) return failed(order ? notFound(draft) : orderGone(draft.document.number));
    return this.finish(memo, rows, portion, day);
  }

  private kept(): Fixed | null {
    const step = this.attempt.step('portion');
    return step ? (JSON.parse(String(step['fixed'])) as Fixed) : null;
  }

  /** The day that goods are credited on; a problem where there is none, or where somebody else has credited the goods. */
  private async dayFor(
    rows: readonly DraftRow[],
    event: ReturnEvent,
    policy: CreditNotePolicy,
  ): Promise<PostingDay | { problem: Problem }> {
    const { draft } = this.work;
    const { client, settings } = this.parts;
    const invoices = (draft.document.references['invoice'] ?? '').split(', ').filter(Boolean);
    const about = { ...draft, event, invoices };
    const [periods = [], others = []] = await client.readTogether(
      [setPath('accountingPeriods'), ...othersPaths(about, settings.bcOthersDays, draft.document.postedAt)],
      this.signal,
    );
    const day = postingDay(event.occurredAt, closedUntil(periods), policy);
    if ('problem' in day) return day;
    const problem = await creditByOthers(others, rows, about, this.parts, this.signal);
    return problem ? { problem } : day;
  }

  /** Invoices what is to be; where the day is refused and may be deferred, today is tried, once. */
  private async invoice(
    order: OrderPage,
    targets: ReadonlyMap<number, number>,
    day: PostingDay,
    tried: readonly Day[] = [],
  ): Promise<{ number: string; day: PostingDay } | { problem: Problem }> {
    const { policy, draft } = this.work;
    const { client, settings, surroundings } = this.parts;
    const values = new Map(
      order.lines.map((line): [number, D365Row] => {
        const number = numberOf(line, 'Line_No');
        const invoiced = numberOf(line, 'Quantity_Invoiced');
        return [number, { Qty_to_Invoice: tidy((targets.get(number) ?? invoiced) - invoiced) }];
      }),
    );
    await prepareOrder(order, values, day.day, this.parts, this.attempt, this.signal);
    await keepDay(draft.document.number, day, this.attempt);
    try {
      const given = await this.attempt.write((assertAlive) => {
        assertAlive();
        const parameters = { [settings.bcPostingParameter]: draft.id };
        return client.run(invoiceAction(settings), parameters, this.signal);
      });
      return { number: typeof given === 'string' || typeof given === 'number' ? String(given) : '', day };
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown;
      if (thrown.code === 'd365-customer-blocked') {
        this.attempt.writing = false;
        return { problem: { code: 'customer-on-hold', what: thrown.message, lines: [] } };
      }
      if (thrown.code !== 'd365-posting-date' && thrown.code !== 'd365-inventory-closed') throw thrown;
      this.attempt.writing = false;
      const today = dayIn(policy.timeZone, surroundings.clock.now());
      if (policy.closedPeriod === 'park' || day.day >= today)
        return { problem: dayRefused([...tried, day.day], thrown) };
      const now = await readOrder(client, settings, draft.id, this.signal);
      if (!now) return { problem: orderGone(draft.document.number) };
      return this.invoice(now, targets, { ...day, day: today }, [...tried, day.day]);
    }
  }

  /** The credit memo: by the number that the procedure gave, else the one with our number and content that is not known yet. */
  private async postedMemo(number: string, rows: readonly DraftRow[]): Promise<D365Row | null> {
    const { draft, decided } = this.work;
    const filter =
      number === ''
        ? and(eq('externalDocumentNumber', draft.external), eq('customerNumber', draft.customer))
        : eq('number', number);
    const [memos = []] = await this.parts.client.readTogether(
      [setPath('salesCreditMemos', { filter, expand: withLines('salesCreditMemoLines') })],
      this.signal,
    );
    const known = new Set(decided.map((document) => document.number));
    const fresh = memos.filter(
      (memo) => !known.has(textOf(memo, 'number')) && !['Draft', 'In Review'].includes(statusOf(memo)),
    );
    return (
      fresh.find((memo) => conflict(memo, rows, true) === null) ?? (number === '' ? null : (fresh[0] ?? null))
    );
  }

  private async finish(
    memo: D365Row,
    rows: readonly DraftRow[],
    portion: Portion,
    day: PostingDay | null,
  ): Promise<Step> {
    const { draft, policy, event } = this.work;
    const { store } = this.parts;
    const { references } = draft.document;
    const invoices = (references['invoice'] ?? '').split(', ').filter(Boolean);
    const arrivals = arrivalsOf(await store.documentsOf(returnKey(event)), draft);
    const told = await receiptsOf(draft, this.parts, this.signal);
    const receipts = [...new Set([...arrivals.map((document) => document.number), ...told])];
    const check = await checkPosted(
      memo,
      rows,
      invoices,
      policy.toleranceMinor,
      this.parts,
      this.signal,
      receipts,
    );
    const strange = conflict(memo, rows, true);
    const document = creditDocument(
      { memo, draft, portion, policy, check, day },
      { returnOrder: draft.document.number },
      this.attempt,
      this.parts,
    );
    await this.attempt.complete(document);
    return { document, problem: strange ?? check.problem };
  }
}

function targetsOf({ lines }: OrderPage, rows: readonly DraftRow[]): Map<number, number> {
  const counts = new Map(rows.map((row) => [row.lineNo ?? 0, row.quantity]));
  return new Map(
    lines.map((line) => {
      const number = numberOf(line, 'Line_No');
      return [number, tidy(numberOf(line, 'Quantity_Invoiced') + (counts.get(number) ?? 0))];
    }),
  );
}

function isInvoiced({ lines }: OrderPage, targets: ReadonlyMap<number, number>): boolean {
  return lines.every(
    (line) => numberOf(line, 'Quantity_Invoiced') >= (targets.get(numberOf(line, 'Line_No')) ?? 0),
  );
}

/** More than is received is never invoiced: Business Central refuses it (B5.1), so it is waited for. */
function waitForGoods({ header, lines }: OrderPage, targets: ReadonlyMap<number, number>): void {
  const open = lines.filter(
    (line) => numberOf(line, 'Return_Qty_Received') < (targets.get(numberOf(line, 'Line_No')) ?? 0),
  );
  if (open.length === 0) return;
  const items = open.map((line) => textOf(line, 'No')).join(', ');
  throw new LedgerError({
    code: 'goods-not-ready',
    class: 'state-blocked',
    message: `Return order ${textOf(header, 'No')}: accepted goods are not received yet (${items})`,
  });
}

function notFound(draft: Draft): Problem {
  const what = `return order ${draft.document.number} is invoiced, and no credit memo of that content is found`;
  return { code: 'document-conflict', what, lines: [] };
}

function failed(problem: Problem): Step {
  return { document: null, problem };
}
