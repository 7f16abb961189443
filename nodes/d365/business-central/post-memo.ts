import type { ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import type { Problem } from '../../returns/posting-checks';
import { dayIn, type Day } from '../../returns/calendar';
import type { PostingAttempt } from '../../runtime/post-once';
import { faultPoint } from '../../store/fault-point';
import type { CreditNotePolicy } from '../documents';
import { and, eq } from '../fscm/odata';
import { numberOf, textOf, type D365Row } from '../fscm/rows';
import { etagOf } from './client';
import { keepDay, keptDay } from './credit-document';
import { conflict } from './draft-content';
import type { DraftRow } from './draft-rows';
import type { PlacedLines } from './locations';
import { inReview, isPosted, memoGone, readMemo } from './memo';
import { creditByOthers, othersPaths } from './others';
import type { BcParts } from './parts';
import type { Draft } from './portion';
import { closedUntil, dayRefused, postingDay, type PostingDay } from './posting-day';
import { setPath } from './query';
import { idIn, linesIn, statusOf } from './sales';

/**
 * How often a draft is read anew: after each step of ours (dates, places, another invoice, another day, posting), and where
 * somebody else was faster.
 */
const ROUNDS = 12;
const BLANK_GUID = '00000000-0000-0000-0000-000000000000';

export interface MemoToPost {
  id: string;
  /** Its number as a draft. */
  number: string;
  /** What it must hold. */
  rows: readonly DraftRow[];
  /** Numbers of the invoices of the sale. */
  invoices: readonly string[];
  /** The draft of the return: it may be itself, or goods of it were taken over. */
  draft: Draft;
  /** Where its goods go, where that is told. */
  places: PlacedLines;
}

/** What is read beside a draft before it is posted. */
interface Around {
  periods: D365Row[];
  invoices: D365Row[];
  /** Credit memos that others gave the customer meanwhile, or before. */
  others: D365Row[];
}

export type PostedMemo = { memo: D365Row; day: PostingDay | null } | { problem: Problem };

/**
 * Posts a draft credit memo (B6, B-5), which takes its goods into stock and credits them in one step. It is read before
 * everything that is done to it: what a person has posted is adopted, what a person has changed is not posted. Posting a
 * posted memo is refused, so that it happens once whatever is repeated.
 *
 * Throws state-blocked where it is in approval, or where others keep changing it.
 */
export class MemoPosting {
  private day: PostingDay | null = null;
  /** The invoice was closed when the credit was to be applied to it. */
  private unapplied = false;
  /** Posted on this day instead, because the other one was refused. */
  private today: string | null = null;
  /** Days that were refused. */
  private readonly refused: Day[] = [];
  private lost: LedgerError | null = null;
  /** Credits of others were looked at, and do not stop it. */
  private asked = false;
  private readAround: Promise<Around> | undefined;

  constructor(
    private readonly event: ReturnEvent,
    private readonly target: MemoToPost,
    private readonly policy: CreditNotePolicy,
    private readonly parts: BcParts,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<PostedMemo> {
    const { client } = this.parts;
    const { target } = this;
    for (let round = 0; round < ROUNDS; round += 1) {
      const memo = await readMemo(client, target.id, this.signal);
      if (!memo) return { problem: memoGone(target.number) };
      if (await isPosted(memo, target.number, client, this.signal)) {
        this.attempt.lookedUp();
        const changed = conflict(memo, target.rows, true);
        return changed ? { problem: changed } : { memo, day: this.day };
      }
      this.attempt.lookedUp();
      const strange = conflict(memo, target.rows);
      if (strange) return { problem: strange };
      if (statusOf(memo) === 'In Review') throw inReview(memo);
      const problem = await this.step(memo);
      if (problem) return { problem };
    }
    if (this.lost) {
      this.attempt.writing = true;
      throw this.lost;
    }
    throw new LedgerError({
      code: 'd365-changed-meanwhile',
      class: 'state-blocked',
      message: `Credit memo ${target.number} is being changed by somebody else in Business Central`,
    });
  }

  /** Makes the draft ready, or posts it; what was done shows in the next look at it. */
  private async step(memo: D365Row): Promise<Problem | null> {
    try {
      const day = await this.findDay(memo);
      if ('problem' in day) return day.problem;
      this.day = day;
      const twice = this.asked ? null : await this.creditedByOthers(memo);
      if (twice) return twice;
      this.asked = true;
      if (await this.prepare(memo, day)) return null;
      await keepDay(this.target.number, day, this.attempt);
      const { client } = this.parts;
      faultPoint('draft-before-post');
      await this.attempt.write((assertAlive) => {
        assertAlive();
        const path = `salesCreditMemos(${this.target.id})/Microsoft.NAV.post`;
        return client.act(path, etagOf(memo), this.signal);
      });
      faultPoint('memo-before-read-back');
      return null;
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown;
      // Whoever was faster, the next look shows what stands there now.
      this.attempt.writing = false;
      return this.judge(thrown);
    }
  }

  private judge(error: LedgerError): Problem | null {
    switch (error.code) {
      case 'd365-changed-meanwhile':
      case 'd365-already-posted':
        return null;
      case 'd365-invoice-not-open':
        this.unapplied = true;
        return null;
      case 'd365-customer-blocked':
        return { code: 'customer-on-hold', what: error.message, lines: [] };
      case 'd365-posting-date':
      case 'd365-inventory-closed':
        return this.another(error);
      default:
        if (error.class !== 'ambiguous' || this.signal?.aborted === true) throw error;
        // Nothing here can happen twice, so the next look may come at once.
        this.lost = error;
        return null;
    }
  }

  /**
   * Where a day is refused and the policy lets the credit be deferred, today is tried, once. A later day is not: nobody tells
   * which one will be open.
   */
  private another(error: LedgerError): Problem | null {
    const day = this.day;
    const { closedPeriod, timeZone } = this.policy;
    const today = dayIn(timeZone, this.parts.surroundings.clock.now());
    this.refused.push(day?.day ?? today);
    if (!day || closedPeriod === 'park' || day.day >= today) return dayRefused(this.refused, error);
    this.today = today;
    return null;
  }

  private async findDay(memo: D365Row): Promise<PostingDay | { problem: Problem }> {
    if (this.today !== null && this.day) return { ...this.day, day: this.today };
    if (this.day) return this.day;
    const { periods } = await this.around(memo);
    const day = postingDay(this.event.occurredAt, closedUntil(periods), this.policy);
    if ('problem' in day) return day;
    // What an earlier try has deferred stays where it was put.
    const put = textOf(memo, 'postingDate');
    const kept = keptDay(this.attempt)?.day;
    return kept !== undefined && kept === put && put > day.day ? { ...day, day: put } : day;
  }

  /** A person may have credited the same goods since the draft was made. */
  private async creditedByOthers(memo: D365Row): Promise<Problem | null> {
    const { others } = await this.around(memo);
    const { target, event, parts } = this;
    const about = { ...target.draft, event, invoices: target.invoices };
    return creditByOthers(others, target.rows, about, parts, this.signal);
  }

  /** Brings dates, invoice and places of the draft to what is posted; true where something had to be changed. */
  private async prepare(memo: D365Row, day: PostingDay): Promise<boolean> {
    const { client } = this.parts;
    const invoiceId = await this.invoiceFor(memo);
    const change: D365Row = {
      ...(textOf(memo, 'postingDate') === day.day ? {} : { postingDate: day.day }),
      ...(textOf(memo, 'creditMemoDate') === day.own ? {} : { creditMemoDate: day.own }),
      ...(idIn(memo, 'invoiceId') === invoiceId
        ? {}
        : { invoiceId: invoiceId === '' ? BLANK_GUID : invoiceId }),
    };
    if (Object.keys(change).length > 0) {
      await this.attempt.write((assertAlive) => {
        assertAlive();
        return client.patch(`salesCreditMemos(${this.target.id})`, change, etagOf(memo), this.signal);
      });
      return true;
    }
    return this.place(memo);
  }

  /** Puts each line where its goods are; one after the other, each is read before. */
  private async place(memo: D365Row): Promise<boolean> {
    const { client } = this.parts;
    const moves = this.target.places(linesIn(memo, 'salesCreditMemoLines'));
    for (const { line, locationId } of moves) {
      const path = `salesCreditMemoLines(${textOf(line, 'id')})`;
      const held = await client.get(path, this.signal);
      if (!held) continue;
      await this.attempt.write((assertAlive) => {
        assertAlive();
        return client.patch(path, { locationId }, etagOf(held), this.signal);
      });
    }
    return moves.length > 0;
  }

  /**
   * The invoice that the credit is applied to: one that is open for at least as much (R105). A web shop's invoices are paid,
   * and applying to a closed one is refused (B5.1), so it is mostly none. A copy of an invoice stays with it for as long as
   * anything of it is open: its goods come back at the cost of that sale.
   */
  private async invoiceFor(memo: D365Row): Promise<string> {
    const { invoices } = this.target;
    const [only] = invoices;
    if (this.unapplied || only === undefined || invoices.length > 1) return '';
    const { invoices: rows } = await this.around(memo);
    const { draft, id } = this.target;
    const copied = draft.id === id && draft.document.references['corrective'] === 'yes';
    const wanted = copied ? Number.MIN_VALUE : numberOf(memo, 'totalAmountIncludingTax');
    const open = rows.find((row) => statusOf(row) === 'Open' && numberOf(row, 'remainingAmount') >= wanted);
    return open ? textOf(open, 'id') : '';
  }

  /**
   * The accounting periods, what others credited, and the invoice of the sale, in one call; an invoice that is closed by then
   * is refused.
   */
  private around(memo: D365Row): Promise<Around> {
    const { draft, invoices: numbers } = this.target;
    const { client, settings } = this.parts;
    const [only, another] = numbers;
    const customer = eq('customerNumber', textOf(memo, 'customerNumber'));
    const ofInvoice =
      only === undefined || another !== undefined
        ? []
        : [setPath('salesInvoices', { filter: and(eq('number', only), customer) })];
    const ofOthers = othersPaths(
      { ...draft, event: this.event },
      settings.bcOthersDays,
      draft.document.postedAt,
    );
    const read = async (): Promise<Around> => {
      const [periods = [], ...more] = await client.readTogether(
        [setPath('accountingPeriods'), ...ofInvoice, ...ofOthers],
        this.signal,
      );
      const invoices = more.slice(0, ofInvoice.length).flat();
      return { periods, invoices, others: more.slice(ofInvoice.length).flat() };
    };
    this.readAround ??= read();
    return this.readAround;
  }
}
